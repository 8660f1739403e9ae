package githubsim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/skein-bot/skein/internal/repo"
)

// token is a credential that was handed out.
type token struct {
	secret       string
	user         *Account // a person's token
	installation *Installation
	permissions  map[string]string // of an installation's token
	repos        map[repo.ID]bool  // that it is narrowed to; nil: all of the installation
	expires      time.Time         // zero: never
}

// authenticate finds out who sends the request.
func (s *Sim) authenticate(q *request) (int, any) {
	secret, ok := credentials(q.Request)
	if !ok {
		if q.route.caller == byAnyone || q.Method == http.MethodGet && q.route.caller == byToken && q.route.need != "" {
			return 0, nil
		}
		return fail(http.StatusUnauthorized, "Requires authentication")
	}
	if strings.Count(secret, ".") == 2 {
		return s.authenticateApp(q, secret)
	}
	return s.authenticateToken(q, secret)
}

// credentials reads the Authorization header in the forms that GitHub takes.
func credentials(r *http.Request) (string, bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return strings.TrimSpace(secret), ok
	case "basic":
		_, secret, ok = r.BasicAuth()
		return secret, ok
	default:
		return "", false
	}
}

func (s *Sim) authenticateToken(q *request, secret string) (int, any) {
	t := s.tokens[secret]
	if t == nil || !t.expires.IsZero() && !s.authClock.Now().Before(t.expires) {
		return fail(http.StatusUnauthorized, "Bad credentials")
	}
	if t.installation == nil {
		q.by = actor{user: t.user, token: t, need: q.route.need}
		return s.callerFits(q)
	}
	if s.installations[t.installation.ID] == nil {
		return fail(http.StatusUnauthorized, "Bad credentials")
	}
	i := t.installation
	q.by = actor{user: i.App.Bot, app: i.App, installation: i, token: t, need: q.route.need}
	if !i.SuspendedAt.IsZero() {
		return fail(http.StatusForbidden, "This installation has been suspended")
	}
	return s.callerFits(q)
}

// callerFits refuses credentials of the wrong kind.
func (s *Sim) callerFits(q *request) (int, any) {
	switch {
	case q.route.caller == byApp:
		return fail(http.StatusUnauthorized, "A JSON web token could not be decoded")
	case q.route.caller == byBot && q.by.installation == nil:
		return fail(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.")
	}
	return 0, nil
}

// authenticateApp checks an app's JWT: signed with its key by RS256, short-lived, and not from the future.
func (s *Sim) authenticateApp(q *request, secret string) (int, any) {
	app, problem := s.appOfJWT(secret)
	switch {
	case problem != "":
		return fail(http.StatusUnauthorized, problem)
	case q.route.caller != byApp && q.route.caller != byAnyone:
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	}
	q.by = actor{app: app, user: app.Bot, need: q.route.need}
	return 0, nil
}

// jwtLife is the longest that an app's JWT may live, counted from now.
const jwtLife = 10 * time.Minute

func (s *Sim) appOfJWT(secret string) (*App, string) {
	const undecodable = "A JSON web token could not be decoded"
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	var app *App
	unknown := false
	_, err := parser.ParseWithClaims(secret, claims, func(*jwt.Token) (any, error) {
		if app = s.appOfIssuer(claims["iss"]); app == nil {
			unknown = claims["iss"] != nil
			return nil, jwt.ErrTokenInvalidIssuer
		}
		return app.key, nil
	})
	switch {
	case unknown:
		return nil, "Integration not found"
	case err != nil:
		return nil, undecodable
	}
	return app, jwtTimes(claims, s.authClock.Now())
}

// jwtTimes returns GitHub's complaint about the times in a JWT, or nothing.
func jwtTimes(claims jwt.MapClaims, now time.Time) string {
	issued, okIssued := claims["iat"].(float64)
	expires, okExpires := claims["exp"].(float64)
	switch {
	case !okExpires:
		return "Missing 'exp' claim in assertion"
	case !okIssued:
		return "Missing 'iat' claim in assertion"
	case int64(expires) <= now.Unix():
		return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	case time.Unix(int64(expires), 0).After(now.Add(jwtLife)):
		return "'Expiration time' claim ('exp') is too far in the future"
	case time.Unix(int64(issued), 0).After(now):
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	}
	return ""
}

// sees reports whether the repository exists for the actor at all.
func (a actor) sees(r *Repo) bool {
	switch {
	case !r.Private:
		return true
	case a.installation != nil:
		return a.reaches(r)
	case a.token != nil:
		return r.role(a.user) > roleNone
	}
	return a.app != nil // a JWT: the handler says what the app may know
}

// reaches reports whether the installation's token is good for r.
func (a actor) reaches(r *Repo) bool {
	return a.installation.covers(r) && (a.token.repos == nil || a.token.repos[r.ID])
}

// authorize checks what the route needs against what the actor holds.
func (s *Sim) authorize(q *request) (int, any) {
	if q.repo != nil && q.repo.Archived && !isRead(q.Request) && !strings.HasPrefix(q.route.need, "administration") {
		return fail(http.StatusForbidden, "Repository was archived so is read-only.")
	}
	for need := range strings.SplitSeq(q.route.need, "|") {
		if need == "" || q.by.may(need, q.repo) {
			return 0, nil
		}
	}
	switch {
	case q.by.installation != nil:
		q.header.Set("X-Accepted-GitHub-Permissions", accepted(q.route.need))
		return forbidden()
	case q.by.user != nil:
		return fail(http.StatusForbidden, "Must have admin rights to Repository.")
	}
	return fail(http.StatusUnauthorized, "Requires authentication")
}

// accepted writes a need as GitHub's header does: contents=write; pull_requests=write.
func accepted(need string) string {
	return strings.ReplaceAll(strings.ReplaceAll(need, ":", "="), "|", "; ")
}

// may reports whether the actor holds permission:level on r. What anybody can read in a public repository needs none.
func (a actor) may(need string, r *Repo) bool {
	permission, level, _ := strings.Cut(need, ":")
	if level == "read" && permission != "administration" && r != nil && !r.Private {
		return true
	}
	switch {
	case a.installation != nil:
		return (r == nil || a.reaches(r)) && grants(a.token.permissions[permission], level) &&
			grants(a.installation.Permissions[permission], level) // the grant may have shrunk since
	case a.user == nil || r == nil:
		return false
	case permission == "administration":
		return r.role(a.user) >= roleAdmin
	case level == "read" || permission == "issues" || permission == "pull_requests":
		return r.role(a.user) >= roleRead
	}
	return r.role(a.user) >= roleWrite
}

// grants reports whether holding a level is enough for the wanted one.
func grants(held, wanted string) bool { return rank(held) >= rank(wanted) }

func rank(level string) int {
	switch level {
	case "read":
		return 1
	case "write":
		return 2
	case "admin":
		return 3
	}
	return 0
}

// appOfIssuer finds the app that a JWT says it comes from, by app id or client id.
func (s *Sim) appOfIssuer(issuer any) *App {
	name := fmt.Sprint(issuer)
	if f, ok := issuer.(float64); ok {
		name = strconv.FormatInt(int64(f), 10)
	}
	for _, a := range s.apps {
		if a.key != nil && (name == a.ClientID || name == strconv.FormatInt(a.ID, 10)) {
			return a
		}
	}
	return nil
}
