package forge

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// Delivery is one try to deliver a webhook.
type Delivery struct {
	ID           int64
	GUID         string // the same for every try
	Event        string
	Action       string
	At           time.Time
	Redelivery   bool
	Code         int // 0: no answer
	Installation int64
	Repo         repo.ID
}

// FailedDeliveries lists the webhook deliveries since then, oldest first, of which no try got through. All are
// walked: GitHub's filter for failures may miss timeouts.
func (f *Forge) FailedDeliveries(ctx context.Context, since time.Time) ([]Delivery, error) {
	through, failed := map[string]bool{}, map[string]Delivery{}
	query := url.Values{"per_page": {"100"}}
	for range maxPages {
		var page []*github.HookDelivery
		c := asApp(http.MethodGet, "/app/hook/deliveries")
		c.query = query.Encode()
		resp, err := f.do(ctx, c, nil, &page)
		if err != nil {
			return nil, err
		}
		recent := true
		for _, d := range page {
			recent = recent && !d.GetDeliveredAt().Before(since)
			if recent {
				note(delivery(d), through, failed)
			}
		}
		if !recent || resp.Cursor == "" {
			break
		}
		query.Set("cursor", resp.Cursor)
	}
	out := make([]Delivery, 0, len(failed))
	for guid, d := range failed {
		if !through[guid] {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Delivery) int { return a.At.Compare(b.At) })
	return out, nil
}

// note files a try; of several failed ones the newest, which comes first, is kept.
func note(d Delivery, through map[string]bool, failed map[string]Delivery) {
	if d.Code >= 200 && d.Code < 300 {
		through[d.GUID] = true
	} else if _, ok := failed[d.GUID]; !ok {
		failed[d.GUID] = d
	}
}

func delivery(d *github.HookDelivery) Delivery {
	return Delivery{
		ID: d.GetID(), GUID: d.GetGUID(), Event: d.GetEvent(), Action: d.GetAction(), At: d.GetDeliveredAt().Time,
		Redelivery: d.GetRedelivery(), Code: d.GetStatusCode(), Installation: d.GetInstallationID(), Repo: repo.ID(d.GetRepositoryID()),
	}
}

// Redeliver asks GitHub to deliver once more. Doing it twice is harmless: the GUID stays the same.
func (f *Forge) Redeliver(ctx context.Context, delivery int64) error {
	_, err := f.do(ctx, asApp(http.MethodPost, "/app/hook/deliveries/{delivery}/attempts"), nil, nil, delivery)
	return err
}
