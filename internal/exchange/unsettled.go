package exchange

import "slices"

// maxUnsettled bounds the memory of creates without a known end; the journal has them all.
const maxUnsettled = 4096

// unsettle notes creates that are about to be sent.
func (c *Client) unsettle(ins []Intent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, in := range ins {
		if len(c.open) < maxUnsettled && in.Marker != "" {
			c.open = append(c.open, in)
		}
	}
}

// settled notes that the end of a create is known.
func (c *Client) settled(in Intent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.open) - 1; i >= 0; i-- {
		if o := c.open[i]; o.ID == in.ID && o.BulkID == in.BulkID && o.Marker == in.Marker {
			c.open = slices.Delete(c.open, i, i+1)
			return
		}
	}
}

// Unsettled lists the creates that were sent and whose end is not known: no answer came, a 5xx, or a 2xx that
// names no object. Each may have left something behind.
func (c *Client) Unsettled() []Intent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.open)
}
