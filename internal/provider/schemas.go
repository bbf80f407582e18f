package provider

import "github.com/scimmage/scimmage/internal/scim"

// Schemas are the schemas and resource types that the provider offers, defects aside.
func (p *Provider) Schemas() *scim.SchemaSet { return p.model.schemas }
