package githubsim

// Limits are what GitHub allows. Zero fields mean GitHub's own numbers.
type Limits struct {
	PerHour           int // requests of one token holder
	ContentPerMinute  int // requests that create content, of one token holder
	ContentPerHour    int
	Concurrent        int  // requests at once
	SecondaryAs429    bool // secondary limits answer 429 instead of 403
	RetryAfterSeconds int
}

type limiter struct{ limits Limits }

func newLimiter(*Limits) limiter { return limiter{} }

func (s *Sim) limit(*request) (int, any) { return 0, nil }
func (s *Sim) finish(*request, *answer)  {}
func (s *Sim) limitRoutes() []route      { return nil }
