package calendar

import (
	"testing"
	"time"
)

func TestFits(t *testing.T) {
	t.Parallel()
	nine := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	hour := func(h int) time.Time { return nine.Add(time.Duration(h) * time.Hour) }
	two, three := Window{MaxMerges: 2}, Window{MaxMerges: 3}
	for _, test := range []struct {
		name    string
		o       Opening
		freezes []Freeze
		merged  []time.Time
		want    int
	}{
		{"without a limit all fit", Opening{Opens: nine, Closes: hour(3)}, nil, nil, 5},
		{"no more than max_merges", Opening{Opens: nine, Closes: hour(3), Window: two}, nil, nil, 2},
		{"of either side", Opening{Opens: nine, Closes: hour(3), Window: three, With: &two}, nil, nil, 2},
		{"merges of the opening count", Opening{Opens: nine, Closes: hour(3), Window: two}, nil, []time.Time{hour(-1), nine}, 1},
		{"and may be all of them", Opening{Opens: nine, Closes: hour(3), Window: two}, nil, []time.Time{nine, nine, nine}, 0},
		{"a freeze over a part leaves the rest", Opening{Opens: nine, Closes: hour(3)}, []Freeze{{From: hour(-1), To: hour(1)}}, nil, 5},
		{"a freeze over all leaves nothing", Opening{Opens: nine, Closes: hour(3)}, []Freeze{{From: hour(-1), To: hour(3)}}, nil, 0},
		{"two freezes may cover it together", Opening{Opens: nine, Closes: hour(3)}, []Freeze{{From: nine, To: hour(2)}, {From: hour(2)}}, nil, 0},
	} {
		if got := test.o.Fits(5, test.freezes, test.merged); got != test.want {
			t.Errorf("%s: %d fit, want %d", test.name, got, test.want)
		}
	}
}

// A window that is open and one that has had its merges say when that changes.
func TestRoomAt(t *testing.T) {
	t.Parallel()
	nine := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	w := []Window{{Cron: "0 9 * * *", For: 2 * time.Hour, MaxMerges: 1}}
	if r := RoomAt([][]Window{w, nil}, nil, nil, nine); !r.Open || len(r.Closes) != 1 || !r.Closes[0].Equal(nine.Add(2*time.Hour)) {
		t.Errorf("open: %+v", r)
	}
	if r := RoomAt([][]Window{w}, nil, []time.Time{nine}, nine); r.Open || r.Closed || len(r.Full) != 1 || !r.Full[0].Equal(nine.Add(24*time.Hour)) {
		t.Errorf("full: %+v", r)
	}
	if r := RoomAt([][]Window{w}, nil, nil, nine.Add(-time.Minute)); r.Open || !r.Closed || !r.Next.Equal(nine) {
		t.Errorf("closed: %+v", r)
	}
	apart := []Window{{Cron: "0 20 * * *", For: time.Hour, Source: "b.yml:3"}}
	if r := RoomAt([][]Window{w, apart}, nil, nil, nine); !r.Apart || Sources([][]Window{w, apart}) != `"0 9 * * *" and b.yml:3` {
		t.Errorf("apart: %+v, %s", r, Sources([][]Window{w, apart}))
	}
}
