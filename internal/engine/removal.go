package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/removal"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/rewrite"
)

// unwritten is why a removal cannot be written.
type unwritten struct{ error }

// removed writes the schema's files without the fields, each dataset's in turn, the last of a file first: what is cut
// out behind a dataset does not move it.
func (e *Engine) removed(ctx context.Context, l leaving, v plan.Version, fields []contract.Field) (map[string][]byte, error) {
	files, _, err := e.GitHub.Archive(ctx, l.member.Repo, v.Commit, plan.Wants(v.Config), forge.Limits{})
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	paths := byDataset(fields)
	for name := range paths {
		if v.Dataset(name) == nil {
			return nil, &unwritten{fmt.Errorf("there is no dataset %s any more", name)}
		}
	}
	at := func(name string) repo.Position { return v.Dataset(name).Schema.Pos }
	for _, name := range slices.SortedFunc(maps.Keys(paths), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(a).File, at(b).File), cmp.Compare(at(b).Line, at(a).Line), cmp.Compare(at(b).Column, at(a).Column))
	}) {
		ref, in := v.Source(name, files)
		changed, err := removal.Write(removal.Request{
			Root: ref.Path, Files: in, Format: ref.Format, Dialect: ref.Dialect,
			Dataset: at(name), Fields: paths[name], At: l.migration.Created,
		})
		if err != nil {
			return nil, &unwritten{err}
		}
		for file, content := range changed {
			out[file] = content
			files = slices.DeleteFunc(files, func(f rewrite.File) bool { return f.Path == file })
			files = append(files, rewrite.File{Path: file, Content: content})
		}
	}
	return out, nil
}

func digestOf(files map[string][]byte) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&text, "%s\x00%s\x00", name, files[name])
	}
	return digest(text.String())
}

// contractKey names a proposal: the same files may be proposed again after others.
func contractKey(id rollout.MigrationID, round int) string {
	return fmt.Sprintf("contract/%s/%d", id, round)
}

// errHeldBack has a proposal wait: since it was decided somebody has said that nothing is to be written.
var errHeldBack = errors.New("held back for the time being")

// propel does what a removal asks for. What is no longer as it was decided is decided anew.
func (e *Engine) propel(ctx context.Context, in rollout.Intent) error {
	l, err := view(ctx, e.Store, func(tx Tx) (leaving, error) { return e.leaving(ctx, tx, in.Migration) })
	if err != nil {
		return err
	}
	if in.Kind == closeContract {
		s, err := view(ctx, e.Store, func(tx Tx) (contract.State, error) {
			s, _, err := contractOf(ctx, tx, in.Migration)
			return s, err
		})
		if err != nil || s.Pull == 0 {
			return err
		}
		return e.GitHub.ClosePull(ctx, in.Repo, s.Pull, "Nothing is left of this: the field is gone, or stays after all.")
	}
	if !l.wanted || in.Key != contractKey(in.Migration, l.state.Round) {
		return nil
	}
	return e.proposeRemoval(ctx, l)
}

func (e *Engine) proposeRemoval(ctx context.Context, l leaving) error {
	id := l.migration.ID
	if l.policy.Mode < rollout.Propose || l.policy.Broken != "" || l.migration.Pause != nil {
		return errHeldBack
	}
	v, err := e.versionAt(ctx, l.member.Repo, l.member.Head)
	if err != nil {
		return err
	}
	files, err := e.removed(ctx, l, v, l.state.Fields)
	if unable := (*unwritten)(nil); errors.As(err, &unable) || err == nil && digestOf(files) != l.state.Written {
		return e.hint(ctx, HintContract, string(id))
	}
	if err != nil {
		return err
	}
	page, err := e.Page(ctx, id)
	if err != nil {
		return err
	}
	number, _, err := e.GitHub.OpenPull(ctx, forge.PullSpec{
		Repo: l.member.Repo, Base: l.member.Repo.DefaultBranch, BaseSHA: l.member.Head, Branch: "skein/contract-" + string(id), Files: files,
		Message: status.ContractMessage(page), Title: status.ContractTitle(page), Body: status.ContractBody(page),
	})
	if errors.Is(err, forge.ErrNothing) {
		return e.hint(ctx, HintContract, string(id))
	}
	if err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		err := noteContract(ctx, tx, id, func(s *contract.State) {
			if s.Pull == 0 && !s.Phase.Ended() {
				s.Pull, s.Phase, s.Since = number, contract.Open, e.Clock.Now()
			}
		})
		return errors.Join(err, e.log(ctx, tx, id, "", rollout.Event{Rule: "contract_open", Text: fmt.Sprintf("pull request #%d proposes it; people merge it", number)}))
	})
}
