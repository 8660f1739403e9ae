package githubsim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Transport is a way to the Sim without a network, for runs in which time is virtual and sockets would be noise. The
// host of a request does not matter.
func (s *Sim) Transport() http.RoundTripper { return inProcess{s} }

type inProcess struct{ sim *Sim }

// errReset stands for a connection that broke.
var errReset = errors.New("connection reset by the simulator")

// RoundTrip serves the request on the caller's goroutine.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() { _ = in.Body.Close() }() // it was read, or nobody wants the rest
	rec := &recorder{header: http.Header{}}
	if err := t.serve(rec, in); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", rec.status, http.StatusText(rec.status)), StatusCode: rec.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rec.header, Request: r,
		Body: io.NopCloser(bytes.NewReader(rec.body)), ContentLength: int64(len(rec.body)),
	}, nil
}

// serve turns the panic by which a handler cuts a connection into an error.
func (t inProcess) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			err = errReset
		default:
			panic(cause)
		}
	}()
	t.sim.ServeHTTP(w, r)
	return nil
}
