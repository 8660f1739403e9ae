package main

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/skein-bot/skein/internal/forge"
)

// metrics are what an operator watches. Labels hold routes, codes and events, never names of repositories.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	requests   *prometheus.HistogramVec
	waits      prometheus.Histogram
	rules      *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skein_deliveries_total", Help: "Webhook deliveries by event and result: accepted, or the status they were refused with.",
		}, []string{"event", "result"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "skein_github_request_seconds", Help: "Requests to GitHub by method, route and status; 0 when no answer came.",
			Buckets: prometheus.ExponentialBuckets(0.01, 3, 8),
		}, []string{"method", "route", "code"}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "skein_github_budget_wait_seconds", Help: "How long requests waited for Skein's own budget.",
			Buckets: prometheus.ExponentialBuckets(0.1, 4, 8),
		}),
		rules: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skein_rules_total", Help: "How often a rule moved a changeset, or began to keep it from going on.",
		}, []string{"rule"}),
	}
	m.registry.MustRegister(m.deliveries, m.requests, m.waits, m.rules, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) delivery(event, result string) { m.deliveries.WithLabelValues(event, result).Inc() }

func (m *metrics) rule(id string) { m.rules.WithLabelValues(id).Inc() }

func (m *metrics) observe(o forge.Observation) {
	m.requests.WithLabelValues(o.Method, o.Route, strconv.Itoa(o.Code)).Observe(o.Duration.Seconds())
	if o.Waited > 0 {
		m.waits.Observe(o.Waited.Seconds())
	}
}
