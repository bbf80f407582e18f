package suites

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// published reads whose suite it is. It is never part of a default run.
func (p *parser) published(m *Mapping, s *Suite) {
	n := m.Get("published")
	switch {
	case s.Kind != KindPublished && n != nil:
		m.Key("published").Errorf("add kind: published", "only a suite of kind published says who publishes it")
		return
	case s.Kind != KindPublished:
		return
	case n == nil:
		m.Node().Errorf("add published: {by: Okta, unit: requests, source: …}", "a suite of kind published needs \"published\"")
		return
	}
	x := n.Map("published", publishedKeys)
	s.Published = &Published{By: x.Need("by", "published").Text(), Version: x.Get("version").Text(), Source: x.Need("source", "published").Text(), Unit: x.Need("unit", "published").Text()}
	if s.IDP != "" {
		m.Node().Errorf("use: okta/create-user plays an operation of an identity provider", "a published suite has no idp: it gives no verdict on features")
	}
	if s.Off == "" {
		s.Off = "published by " + s.Published.By + ", judged as published"
	}
}

// departure reads rfc: {more: what the RFC says}.
func (p *parser) departure(n *Node) *result.RFCView {
	if n == nil {
		return nil
	}
	if p.kind != KindPublished {
		n.Errorf("", "only a published suite can part from the RFC")
		return nil
	}
	m := n.Map("rfc", Departures())
	keys := m.Keys()
	if len(keys) != 1 || !slices.Contains(Departures(), keys[0]) {
		n.Errorf("rfc: {more: \"RFC 7643 does not demand unique group names.\"}", "rfc needs one of %s", strings.Join(Departures(), ", "))
		return nil
	}
	return &result.RFCView{Says: keys[0], Note: m.Get(keys[0]).Text()}
}
