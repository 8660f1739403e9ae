package contract

import (
	"bytes"
	"io"
	"net/http"
)

// Transport wraps the transport of a client so that every exchange is checked and what differs is reported.
// The exchange itself goes on. What a redirect leads to, an archive for instance, is not part of the API.
func (v *Validator) Transport(next http.RoundTripper, report func(error)) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.Response != nil {
			return next.RoundTrip(req)
		}
		asked, err := drain(&req.Body)
		if err != nil {
			return nil, err
		}
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		answered, err := drain(&resp.Body)
		if err != nil {
			return nil, err
		}
		if err := v.Exchange(req, asked, resp.StatusCode, resp.Header, answered); err != nil {
			report(err)
		}
		return resp, nil
	})
}

// drain reads a body and puts one back that can be read again.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil || *body == http.NoBody {
		return nil, nil
	}
	b, err := io.ReadAll(*body)
	if err != nil {
		return nil, err
	}
	if err := (*body).Close(); err != nil {
		return nil, err
	}
	*body = io.NopCloser(bytes.NewReader(b))
	return b, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
