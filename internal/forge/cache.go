package forge

import (
	"bytes"
	"container/list"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// cache asks again with the ETag of the last answer: a 304 costs no primary budget. It is bounded in bytes and
// keeps what was used last. Answers are kept per installation, narrowing and permission, as they were read.
type cache struct {
	next http.RoundTripper

	mu    sync.Mutex
	size  int
	order *list.List // of *entry, most recently used first
	byKey map[string]*list.Element
}

type entry struct {
	key    string
	etag   string
	header http.Header
	body   []byte
}

const (
	cacheBytes = 64 << 20
	cacheEntry = 1 << 20
)

func newCache(next http.RoundTripper) *cache {
	return &cache{next: next, order: list.New(), byKey: map[string]*list.Element{}}
}

// RoundTrip sends a read as a conditional one when an answer is kept, and keeps what may be kept.
func (c *cache) RoundTrip(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	if call == nil || call.stream || req.Method != http.MethodGet {
		return c.next.RoundTrip(req)
	}
	key := cacheKey(call, req)
	kept := c.get(key)
	if kept != nil {
		req = req.Clone(req.Context())
		req.Header.Set("If-None-Match", kept.etag)
	}
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotModified && kept != nil {
		return kept.answer(req), nil
	}
	return resp, c.keep(key, resp)
}

func cacheKey(c *call, req *http.Request) string {
	k := keyOf(c)
	return strconv.FormatInt(k.installation, 10) + " " + k.repos + " " + k.needs + " " + req.URL.String()
}

func (e *entry) answer(req *http.Request) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: e.header.Clone(), Body: io.NopCloser(bytes.NewReader(e.body)), ContentLength: int64(len(e.body)), Request: req,
	}
}

func (c *cache) get(key string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.byKey[key]
	if el == nil {
		return nil
	}
	c.order.MoveToFront(el)
	e, _ := el.Value.(*entry)
	return e
}

// keep stores a good answer that carries an ETag. The limiter buffered its body.
func (c *cache) keep(key string, resp *http.Response) error {
	etag := resp.Header.Get("Etag")
	if resp.StatusCode != http.StatusOK || etag == "" {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > cacheEntry {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.byKey[key])
	c.byKey[key] = c.order.PushFront(&entry{key, etag, resp.Header.Clone(), body})
	c.size += len(body)
	for c.size > cacheBytes {
		c.remove(c.order.Back())
	}
	return nil
}

func (c *cache) remove(el *list.Element) {
	if el == nil {
		return
	}
	if e, ok := c.order.Remove(el).(*entry); ok {
		delete(c.byKey, e.key)
		c.size -= len(e.body)
	}
}
