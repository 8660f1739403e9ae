package calendar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests know the zones wherever they run

	"github.com/google/go-cmp/cmp"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// show prints openings as the command does.
func show(os []Opening) (out []string) {
	for _, o := range os {
		z := o.Window.zone()
		out = append(out, o.Opens.In(z).Format(time.RFC3339)+" "+o.Closes.In(z).Format(time.RFC3339))
	}
	return out
}

func TestOpenings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, cron, zone, from string
		length                 time.Duration
		want                   []string
	}{
		{"a start in the spring gap opens at its end", "30 2 * * *", "Europe/Stockholm", "2026-03-28T12:00:00Z", 3 * time.Hour, []string{
			"2026-03-29T03:00:00+02:00 2026-03-29T06:00:00+02:00", "2026-03-30T02:30:00+02:00 2026-03-30T05:30:00+02:00"}},
		{"the contract's example", "0 2 * * *", "Europe/Stockholm", "2026-03-28T12:00:00Z", 3 * time.Hour, []string{
			"2026-03-29T03:00:00+02:00 2026-03-29T06:00:00+02:00"}},
		{"starts that fall into one gap open once", "*/15 2 * * *", "Europe/Stockholm", "2026-03-29T00:00:00Z", time.Minute, []string{
			"2026-03-29T03:00:00+02:00 2026-03-29T03:01:00+02:00", "2026-03-30T02:00:00+02:00 2026-03-30T02:01:00+02:00"}},
		{"a start that the autumn shows twice opens the first time", "30 2 * * *", "Europe/Stockholm", "2026-10-24T12:00:00Z", time.Hour, []string{
			"2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00 2026-10-26T03:30:00+01:00"}},
		{"every hour in the fold", "0 * * * *", "Europe/Stockholm", "2026-10-24T23:30:00Z", time.Minute, []string{
			"2026-10-25T02:00:00+02:00 2026-10-25T02:01:00+02:00", "2026-10-25T03:00:00+01:00 2026-10-25T03:01:00+01:00"}},
		{"elapsed time, not wall time, in spring", "0 1 29 3 *", "Europe/Stockholm", "2026-03-01T00:00:00Z", 2 * time.Hour, []string{
			"2026-03-29T01:00:00+01:00 2026-03-29T04:00:00+02:00"}},
		{"New York, gap", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", time.Hour, []string{
			"2026-03-08T03:00:00-04:00 2026-03-08T04:00:00-04:00", "2026-03-09T02:30:00-04:00 2026-03-09T03:30:00-04:00"}},
		{"New York, fold", "30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", time.Hour, []string{
			"2026-11-01T01:30:00-04:00 2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00 2026-11-02T02:30:00-05:00"}},
		{"Lord Howe jumps half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", time.Hour, []string{
			"2026-10-04T02:30:00+11:00 2026-10-04T03:30:00+11:00", "2026-10-05T02:15:00+11:00 2026-10-05T03:15:00+11:00"}},
		{"Lord Howe falls back half an hour", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T10:00:00Z", time.Hour, []string{
			"2026-04-05T01:45:00+11:00 2026-04-05T02:15:00+10:30", "2026-04-06T01:45:00+10:30 2026-04-06T02:45:00+10:30"}},
		{"São Paulo had no midnight on that day", "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", time.Hour, []string{
			"2018-11-04T01:00:00-02:00 2018-11-04T02:00:00-02:00", "2018-11-05T00:00:00-02:00 2018-11-05T01:00:00-02:00"}},
		{"Apia skipped a whole day", "0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", time.Hour, []string{
			"2011-12-29T12:00:00-10:00 2011-12-29T13:00:00-10:00", "2011-12-31T00:00:00+14:00 2011-12-31T01:00:00+14:00",
			"2011-12-31T12:00:00+14:00 2011-12-31T13:00:00+14:00"}},
		{"the day fields look at the skipped date", "0 12 * * FRI", "Pacific/Apia", "2011-12-29T12:00:00Z", time.Hour, []string{
			"2011-12-31T00:00:00+14:00 2011-12-31T01:00:00+14:00", "2012-01-06T12:00:00+14:00 2012-01-06T13:00:00+14:00"}},
		{"Gaza jumps at two on a Saturday", "30 2 * * SAT", "Asia/Gaza", "2023-04-28T12:00:00Z", time.Hour, []string{
			"2023-04-29T03:00:00+03:00 2023-04-29T04:00:00+03:00"}},
		{"Gaza jumped over midnight", "15 0 * * *", "Asia/Gaza", "2015-03-27T12:00:00Z", time.Hour, []string{
			"2015-03-28T01:00:00+03:00 2015-03-28T02:00:00+03:00"}},
		{"open now is listed", "0 14 * * MON-THU", "Europe/Stockholm", "2026-03-30T14:00:00+02:00", 3 * time.Hour, []string{
			"2026-03-30T14:00:00+02:00 2026-03-30T17:00:00+02:00", "2026-03-31T14:00:00+02:00 2026-03-31T17:00:00+02:00"}},
		{"closed at its very end", "0 14 * * MON-THU", "Europe/Stockholm", "2026-03-30T17:00:00+02:00", 3 * time.Hour, []string{
			"2026-03-31T14:00:00+02:00 2026-03-31T17:00:00+02:00"}},
		{"overlapping openings are listed apart", "0 * * * *", "UTC", "2026-03-30T10:30:00Z", 2 * time.Hour, []string{
			"2026-03-30T09:00:00Z 2026-03-30T11:00:00Z", "2026-03-30T10:00:00Z 2026-03-30T12:00:00Z", "2026-03-30T11:00:00Z 2026-03-30T13:00:00Z"}},
		{"either day field when both are restricted", "0 0 13 * FRI", "UTC", "2026-03-01T00:00:00Z", time.Hour, []string{
			"2026-03-06T00:00:00Z 2026-03-06T01:00:00Z", "2026-03-13T00:00:00Z 2026-03-13T01:00:00Z", "2026-03-20T00:00:00Z 2026-03-20T01:00:00Z"}},
		{"both when one has a star in its list", "0 0 */1,13 * FRI", "UTC", "2026-03-12T00:00:00Z", time.Hour, []string{
			"2026-03-13T00:00:00Z 2026-03-13T01:00:00Z", "2026-03-20T00:00:00Z 2026-03-20T01:00:00Z"}},
		{"leap days over 2100", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", time.Hour, []string{"2104-02-29T00:00:00Z 2104-02-29T01:00:00Z"}},
		{"never", "0 0 30 2 *", "UTC", "2026-03-01T00:00:00Z", time.Hour, nil},
		{"not valid", "0 0 * *", "UTC", "2026-03-01T00:00:00Z", time.Hour, nil},
		{"no length", "0 0 * * *", "UTC", "2026-03-01T00:00:00Z", 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := Window{Cron: test.cron, For: test.length, Zone: zone(t, test.zone)}
			got := Openings(w, instant(t, test.from), max(1, len(test.want)))
			if diff := cmp.Diff(test.want, show(got)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestParseCron(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"0 14 * * MON-THU", "*/5 0-6,22 1,15 JAN-MAR ?", "59 23 31 12 6", "0 0 29 2 *", "0 0 31 4,5 *", " 0 0 * * * "} {
		if err := ParseCron(expr); err != nil {
			t.Errorf("%q: %v", expr, err)
		}
	}
	for expr, want := range map[string]string{
		"":                       "empty",
		"@daily":                 "five fields",
		" @every 1h":             "five fields",
		"TZ=UTC":                 "time zone",
		"CRON_TZ=UTC 0 0 * * *":  "time zone",
		"0 0 * *":                "5 fields",
		"0 0 0 * * *":            "5 fields",
		"0 0 * * 7":              "7",
		"60 0 * * *":             "60",
		"0 0 0 * *":              "0",
		"x * * * *":              "x",
		"*/0 * * * *":            "0",
		"5-1 * * * *":            "5",
		"0 0 30 2 *":             "never matches|matches no date",
		"0 0 31 2,4,6,9,11 *":    "matches no date",
		", * * * *":              "matches no date",
		"0 0 99999999999999 * *": "999",
	} {
		err := ParseCron(expr)
		ok := false
		for part := range strings.SplitSeq(want, "|") {
			ok = ok || err != nil && strings.Contains(err.Error(), part)
		}
		if !ok {
			t.Errorf("%q: got %v, want %q", expr, err, want)
		}
	}
	if err := ParseCron("0 0 30 2 *"); !errors.Is(err, ErrNever) {
		t.Errorf("30 February: %v is not ErrNever", err)
	}
}

func FuzzParseCron(f *testing.F) {
	f.Add("0 14 * * MON-THU")
	f.Add("TZ= 1 2 3 4 5")
	f.Add("*/7,3-9/2 , ? JAN */1")
	f.Fuzz(func(t *testing.T, expr string) {
		w := Window{Cron: expr, For: time.Hour}
		from := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
		got := Openings(w, from, 3)
		if err := ParseCron(expr); (err != nil) != (len(got) == 0) {
			t.Fatalf("%q: %v, but %d openings", expr, err, len(got))
		}
	})
}

func TestFirstInstantOfADay(t *testing.T) {
	t.Parallel()
	for _, test := range [][3]string{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"}, // no midnight
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00"}, // 23:00 comes twice the day before
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},    // midnight comes twice
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"},      // no such day
		{"Europe/Stockholm", "2026-12-20", "2026-12-20T00:00:00+01:00"},
	} {
		day, err := time.Parse(time.DateOnly, test[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := Instant(day, zone(t, test[0])).Format(time.RFC3339); got != test[2] {
			t.Errorf("%s %s begins %s, want %s", test[0], test[1], got, test[2])
		}
	}
}

// TestOpeningsAgainstEveryMinute compares with an oracle that knows nothing but how to look at a clock: it walks
// every minute, and opens when the clock first shows, or jumps over, a time that matches.
func TestOpeningsAgainstEveryMinute(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	spans := []struct{ zone, around string }{
		{"Europe/Stockholm", "2026-03-29"}, {"Europe/Stockholm", "2026-10-25"}, {"America/New_York", "2026-03-08"},
		{"America/New_York", "2026-11-01"}, {"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"},
		{"America/Sao_Paulo", "2018-11-04"}, {"America/Sao_Paulo", "2018-02-18"}, {"Pacific/Apia", "2011-12-30"},
		{"Asia/Gaza", "2016-03-26"}, {"Asia/Gaza", "2023-04-29"}, {"Asia/Gaza", "2023-10-28"}, {"America/Havana", "2026-11-01"},
		{"Africa/Casablanca", "2026-02-15"}, {"Africa/Casablanca", "2026-03-22"}, {"Asia/Kathmandu", "1986-01-01"},
		{"Antarctica/Troll", "2026-03-29"}, {"America/Caracas", "2016-05-01"}, {"Pacific/Kwajalein", "1993-08-21"}, {"UTC", "2028-02-29"},
	}
	for i := range 500 {
		span := spans[i%len(spans)]
		z := zone(t, span.zone)
		day, _ := time.Parse(time.DateOnly, span.around)
		from := day.Add(-time.Duration(12+r.IntN(30)) * time.Hour).Add(time.Duration(r.IntN(60)) * time.Minute)
		to := from.Add(48 * time.Hour)
		minutes := shown(from, to, z)
		for range 20 {
			fields := randomFields(r, day)
			got := []int64{}
			w := Window{Cron: strings.Join(fields[:], " "), For: time.Second, Zone: z}
			for o := range w.upcoming(from) {
				if !o.Opens.Before(to) {
					break
				}
				if !o.Opens.Before(from) {
					got = append(got, o.Opens.Unix())
				}
			}
			if diff := cmp.Diff(everyMinute(minutes, fields), got); diff != "" {
				t.Fatalf("%s in %s from %s: -want +got\n%s", fields, span.zone, from, diff)
			}
		}
	}
}

// minute is an instant and the wall clock minutes that are shown, or jumped over, for the first time then.
type minute struct {
	at    time.Time
	walls []time.Time
}

func shown(from, to time.Time, z *time.Location) (out []minute) {
	highest := time.Time{}
	for at := from.Add(-30 * time.Hour).Truncate(time.Minute); at.Before(to); at = at.Add(time.Minute) {
		wall := wallClock(at.In(z))
		m := minute{at: at}
		first := highest.Add(time.Minute)
		if highest.IsZero() {
			first = wall
		}
		for w := first; !w.After(wall); w = w.Add(time.Minute) {
			m.walls = append(m.walls, w)
			highest = w
		}
		if !at.Before(from) {
			out = append(out, m)
		}
	}
	return out
}

func everyMinute(minutes []minute, fields [5]string) []int64 {
	out, set := []int64{}, setsOf(fields)
	for _, m := range minutes {
		if slices.ContainsFunc(m.walls, set.matches) {
			out = append(out, m.at.Unix())
		}
	}
	return out
}

// sets is cron in its plainest reading, for the forms that randomFields writes.
type sets struct {
	minute, hour, dom, month, dow [60]bool
	either                        bool // of the day fields
}

func setsOf(f [5]string) (s sets) {
	for n := range 60 {
		s.minute[n], s.hour[n], s.dom[n], s.month[n], s.dow[n] = in(f[0], n, 0), in(f[1], n, 0), in(f[2], n, 1), in(f[3], n, 1), in(f[4], n, 0)
	}
	s.either = f[2] != "*" && f[4] != "*"
	return s
}

func (s *sets) matches(w time.Time) bool {
	if !s.minute[w.Minute()] || !s.hour[w.Hour()] || !s.month[w.Month()] {
		return false
	}
	dom, dow := s.dom[w.Day()], s.dow[w.Weekday()]
	return dom && dow || s.either && (dom || dow)
}

func in(field string, n, low int) bool {
	number := func(s string) int {
		v, err := strconv.Atoi(s)
		if err != nil {
			panic(err)
		}
		return v
	}
	return slices.ContainsFunc(strings.Split(field, ","), func(item string) bool {
		step, stepped := strings.CutPrefix(item, "*/")
		first, last, ranged := strings.Cut(item, "-")
		switch {
		case item == "*":
			return true
		case stepped:
			return (n-low)%number(step) == 0
		case ranged:
			return number(first) <= n && n <= number(last)
		}
		return number(item) == n
	})
}

func randomFields(r *rand.Rand, day time.Time) [5]string {
	pick := func(low, high, near int) string {
		switch r.IntN(6) {
		case 0, 1:
			return "*"
		case 2:
			return fmt.Sprintf("*/%d", 2+r.IntN(high-low))
		case 3:
			a := low + r.IntN(high-low)
			return fmt.Sprintf("%d-%d", a, a+r.IntN(high-a+1))
		case 4:
			return fmt.Sprintf("%d,%d", near, low+r.IntN(high-low+1))
		}
		return fmt.Sprint(near)
	}
	return [5]string{pick(0, 59, r.IntN(60)), pick(0, 23, r.IntN(5)), pick(1, 31, day.Day()), pick(1, 12, int(day.Month())), pick(0, 6, int(day.Weekday()))}
}

func TestNextOpening(t *testing.T) {
	t.Parallel()
	stockholm, newYork := zone(t, "Europe/Stockholm"), zone(t, "America/New_York")
	afternoon := Window{Cron: "0 14 * * MON-THU", For: 3 * time.Hour, Zone: stockholm}
	morning := Window{Cron: "0 9 * * MON-FRI", For: 7 * time.Hour, Zone: newYork}
	night := Window{Cron: "0 2 * * *", For: time.Hour, Zone: stockholm}
	first := Window{Cron: "0 0 1 * *", For: 24 * time.Hour}
	bad := Window{Cron: "nonsense", For: time.Hour}
	freeze := Freeze{From: instant(t, "2026-03-30T00:00:00Z"), To: instant(t, "2026-03-31T13:00:00Z")}
	for _, test := range []struct {
		name    string
		sides   [][]Window
		freezes []Freeze
		at      string
		want    string // "" for never
		meet    bool
	}{
		{"no windows: at once", nil, nil, "2026-03-30T03:04:05Z", "2026-03-30T03:04:05Z", true},
		{"an empty side is no side", [][]Window{nil, {night}}, nil, "2026-03-30T12:00:00Z", "2026-03-31T00:00:00Z", true},
		{"both sides", [][]Window{{afternoon}, {morning}}, nil, "2026-03-30T12:00:00Z", "2026-03-30T13:00:00Z", true},
		{"open now", [][]Window{{afternoon}, {morning}}, nil, "2026-03-30T14:30:00Z", "2026-03-30T14:30:00Z", true},
		{"not at the closing instant", [][]Window{{afternoon}}, nil, "2026-03-30T15:00:00Z", "2026-03-31T12:00:00Z", true},
		{"any window of a side", [][]Window{{afternoon, night}}, nil, "2026-03-30T16:00:00Z", "2026-03-31T00:00:00Z", true},
		{"a freeze moves it into the middle of an opening", [][]Window{{afternoon}}, []Freeze{freeze}, "2026-03-30T12:00:00Z", "2026-03-31T13:00:00Z", true},
		{"a freeze without windows", nil, []Freeze{freeze}, "2026-03-30T12:00:00Z", "2026-03-31T13:00:00Z", true},
		{"a freeze without end", nil, []Freeze{{From: freeze.From}}, "2026-03-30T12:00:00Z", "", true},
		{"never together", [][]Window{{afternoon}, {night}}, nil, "2026-03-30T12:00:00Z", "", false},
		{"together, but not within 14 days", [][]Window{{first}, {afternoon}}, nil, "2026-04-02T12:00:00Z", "2026-06-01T12:00:00Z", false},
		{"nothing valid is closed", [][]Window{{bad}}, nil, "2026-03-30T12:00:00Z", "", false},
		{"one valid is enough", [][]Window{{bad, night}}, nil, "2026-03-30T12:00:00Z", "2026-03-31T00:00:00Z", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			at := instant(t, test.at)
			next, ok := NextOpening(test.sides, test.freezes, at)
			got := ""
			if ok {
				got = next.UTC().Format(time.RFC3339)
			}
			if got != test.want {
				t.Errorf("next is %q, want %q", got, test.want)
			}
			if open := IsOpen(test.sides, test.freezes, at); open != (got == test.at) {
				t.Errorf("open is %v at %s, next %s", open, test.at, got)
			}
			if meet := Meet(test.sides, at); meet != test.meet {
				t.Errorf("meet is %v", meet)
			}
		})
	}
}

func TestCommon(t *testing.T) {
	t.Parallel()
	afternoon := Window{Cron: "0 14 * * MON-THU", For: 3 * time.Hour, Zone: zone(t, "Europe/Stockholm")}
	morning := Window{Cron: "0 9 * * MON-FRI", For: 7 * time.Hour, Zone: zone(t, "America/New_York")}
	hourly := Window{Cron: "0 * * * *", For: 90 * time.Minute}
	early := Window{Cron: "0 13 * * MON", For: 2 * time.Hour, Zone: zone(t, "Europe/Stockholm")}
	from := instant(t, "2026-03-30T12:30:00Z")
	for _, test := range []struct {
		name       string
		one, other []Window
		n          int
		want       []string
	}{
		{"two zones, three weeks of another distance", []Window{afternoon}, []Window{morning}, 2, []string{
			"2026-03-30T15:00:00+02:00 2026-03-30T17:00:00+02:00", "2026-03-31T15:00:00+02:00 2026-03-31T17:00:00+02:00"}},
		{"one side alone", nil, []Window{afternoon}, 1, []string{"2026-03-30T14:00:00+02:00 2026-03-30T17:00:00+02:00"}},
		{"pairs are listed apart, in order", []Window{afternoon, early}, []Window{hourly}, 4, []string{
			"2026-03-30T14:00:00+02:00 2026-03-30T15:00:00+02:00", "2026-03-30T14:00:00+02:00 2026-03-30T15:30:00+02:00",
			"2026-03-30T15:00:00+02:00 2026-03-30T16:30:00+02:00", "2026-03-30T16:00:00+02:00 2026-03-30T17:00:00+02:00"}},
		{"none", []Window{afternoon}, []Window{{Cron: "0 3 * * *", For: time.Hour}}, 3, nil},
		{"neither side", nil, nil, 3, nil},
		{"none wanted", []Window{afternoon}, []Window{morning}, 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, show(Common(test.one, test.other, from, test.n))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCutBy(t *testing.T) {
	t.Parallel()
	o := Opening{Opens: instant(t, "2026-12-20T10:00:00Z"), Closes: instant(t, "2026-12-20T12:00:00Z")}
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"2026-12-20T09:00:00Z", "2026-12-20T10:00:00Z", false},
		{"2026-12-20T09:00:00Z", "2026-12-20T10:00:01Z", true},
		{"2026-12-20T12:00:00Z", "2026-12-21T00:00:00Z", false},
		{"2026-12-20T10:30:00Z", "2026-12-20T10:31:00Z", true},
		{"2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z", true},
	} {
		f := []Freeze{{From: instant(t, test.from), To: instant(t, test.to)}}
		if got := o.CutBy(f); got != test.want {
			t.Errorf("%s to %s: %v", test.from, test.to, got)
		}
	}
	if !o.CutBy([]Freeze{{From: instant(t, "2026-12-20T11:00:00Z")}}) {
		t.Error("a freeze without end cuts nothing")
	}
}
