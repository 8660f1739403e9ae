package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// notOffered is how long a GitHub without merges in the background is not asked for them again.
const notOffered = time.Hour

// background is what GitHub says of a merge that it does later.
type background struct {
	Status  string `json:"status"` // pending, merged, enqueued, failed
	Details struct {
		Message string   `json:"message"`
		UUID    string   `json:"uuid"`
		SHA     repo.SHA `json:"sha"`
		Head    repo.SHA `json:"expected_head_sha"`
	} `json:"details"`
}

// MergeLater asks GitHub to merge a pull request at this head in the background and returns the request's id, to be
// saved before it is asked for. Where that is not offered the merge happens at once, as by Merge. The merge commit
// is returned when it is known.
func (f *Forge) MergeLater(ctx context.Context, r repo.Repo, number int, head repo.SHA, method, title, message string) (sha repo.SHA, request string, err error) {
	if f.classicOnly() {
		sha, err = f.Merge(ctx, r, number, head, method, title, message)
		return sha, "", err
	}
	if sha, err = f.merged(ctx, r, number, head, message); err != nil || sha != "" {
		return sha, "", err
	}
	in := mergeBody(head, method, title, message)
	in["merge_action"] = "direct_merge"
	var got background
	err = f.send(ctx, r, "contents:write", http.MethodPut, "/pulls/{number}/merge-async", in, &got, number)
	switch {
	case err == nil:
		return got.Details.SHA, got.Details.UUID, got.refusal()
	case errors.Is(err, ErrNotFound): // the pull request has just been read, so it is the endpoint that is missing
		f.rememberClassic()
		sha, err = f.Merge(ctx, r, number, head, method, title, message)
		return sha, "", err
	case errors.Is(err, ErrUnknownOutcome):
		sha, err = f.settle(ctx, r, number, head, message, err)
		return sha, "", err
	}
	request, err = f.earlier(head, err)
	return "", request, err
}

// earlier reads a refusal. Another merge of the same head that is under way is as good as ours: its options may be
// others, but its head was judged.
func (f *Forge) earlier(head repo.SHA, err error) (request string, _ error) {
	invalid, ok := asInvalid(err)
	if !ok {
		return "", err
	}
	var got background
	if json.Unmarshal(invalid.body, &got) != nil {
		return "", f.mergeRefusal(err)
	}
	switch {
	case invalid.Code == http.StatusConflict && got.Details.UUID != "" && got.Details.Head == head:
		return got.Details.UUID, nil
	case invalid.Code == http.StatusConflict && got.Details.UUID != "":
		return "", &NotMergeable{Reason: fmt.Sprintf("a merge of another head (%s) is under way", got.Details.Head.Short()), Retry: true}
	case invalid.Code == http.StatusBadRequest && got.Details.Message != "":
		return "", &NotMergeable{Reason: got.Details.Message}
	}
	return "", f.mergeRefusal(err)
}

func (b background) refusal() error {
	if b.Status == "failed" {
		return &NotMergeable{Reason: b.Details.Message}
	}
	return nil
}

// MergeRequest says what became of a merge in the background: pending, merged, enqueued or failed with GitHub's
// reason, or gone when GitHub no longer knows it, as after a day.
func (f *Forge) MergeRequest(ctx context.Context, r repo.Repo, number int, request string) (state, reason string, err error) {
	var got background
	err = f.get(ctx, r, "contents:read", "/pulls/{number}/merge-async/{uuid}", &got, number, request)
	if errors.Is(err, ErrNotFound) {
		return "gone", "", nil
	}
	return got.Status, got.Details.Message, err
}

func (f *Forge) classicOnly() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock.Now().Before(f.classicUntil)
}

func (f *Forge) rememberClassic() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.classicUntil = f.clock.Now().Add(notOffered)
}

func asInvalid(err error) (*Invalid, bool) {
	invalid := (*Invalid)(nil)
	return invalid, errors.As(err, &invalid)
}
