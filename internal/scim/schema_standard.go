package scim

import (
	"strings"
	"sync"
)

// StandardSchemas are the schemas of RFC 7643 section 8.7 with the resource types User and Group, and these changes:
//
//   - verified errata: Group.displayName is required (5368); groups.$ref refers to Group (8471); manager.value is case exact
//     (8472); ResourceType.name and endpoint are unique and case exact (8475); schemaExtensions and referenceTypes are
//     multi-valued (7522, 5607); complex attributes have no uniqueness (6004).
//   - reported and held errata that hurt nobody: addresses.primary (6005) and members.display (6011) exist, and so do type
//     and etag in the configuration (8011, 9018).
//   - later RFCs: pagination (RFC 9865) and securityEvents (RFC 9967).
func StandardSchemas() *SchemaSet { return standardSchemas() }

var standardSchemas = sync.OnceValue(func() *SchemaSet {
	var list []*Schema
	for _, d := range standardDefinitions {
		list = append(list, &Schema{ID: d.id, Name: d.name, Description: d.description, Attributes: parseAttributes(d.attributes)})
	}
	set := NewSchemaSet(list, []ResourceType{
		{ID: "User", Name: "User", Endpoint: "/Users", Description: "User Account", Schema: SchemaUser,
			Extensions: []SchemaExtension{{Schema: SchemaEnterprise}}},
		{ID: "Group", Name: "Group", Endpoint: "/Groups", Description: "Group", Schema: SchemaGroup},
	})
	set.standard = true
	return set
})

// FixedResourceType gives the type of the discovery resources, by schema URN: they have no entry in /ResourceTypes.
func FixedResourceType(urn string) (ResourceType, bool) {
	for _, rt := range [...]ResourceType{
		{ID: "ServiceProviderConfig", Name: "ServiceProviderConfig", Endpoint: "/ServiceProviderConfig", Schema: SchemaSPC},
		{ID: "ResourceType", Name: "ResourceType", Endpoint: "/ResourceTypes", Schema: SchemaResourceType},
		{ID: "Schema", Name: "Schema", Endpoint: "/Schemas", Schema: SchemaSchema},
	} {
		if strings.EqualFold(rt.Schema, urn) {
			return rt, true
		}
	}
	return ResourceType{}, false
}

// parseAttributes reads the notation of the tables: one attribute a line, sub-attributes indented by two spaces for each
// level, `name type flag… | description`. Flags are the characteristics that differ from the defaults of RFC 7643 section
// 2.2, and `all` lines below inherit readOnly and immutable from their parent.
func parseAttributes(table string) []*Attribute {
	var top []*Attribute
	var path [4]*Attribute
	for _, line := range strings.Split(table, "\n") {
		def, description, _ := strings.Cut(line, "|")
		words := strings.Fields(def)
		if len(words) == 0 {
			continue
		}
		level := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		a := &Attribute{Name: words[0], Type: words[1], Mutability: "readWrite", Returned: "default", Uniqueness: "none",
			Description: strings.TrimSpace(description)}
		if level > 0 {
			parent := path[level-1]
			if parent.Mutability == "readOnly" {
				a.Mutability = "readOnly"
			}
			parent.SubAttributes = append(parent.SubAttributes, a)
		} else {
			top = append(top, a)
		}
		for _, w := range words[2:] {
			a.flag(w)
		}
		path[level] = a
	}
	return top
}

func (a *Attribute) flag(w string) {
	key, val, _ := strings.Cut(w, "=")
	switch key {
	case "multi":
		a.MultiValued = true
	case "required":
		a.Required = true
	case "exact":
		a.CaseExact = true
	case "readOnly", "immutable", "writeOnly":
		a.Mutability = key
	case "always", "never", "request":
		a.Returned = key
	case "server", "global":
		a.Uniqueness = key
	case "canonical":
		a.CanonicalValues = strings.Split(val, ",")
	case "ref":
		a.ReferenceTypes = strings.Split(val, ",")
	default:
		panic("scim: unknown flag in a built-in attribute table: " + w)
	}
}

// commonAttributes belong to every resource (RFC 7643 section 3.1), and schemas with them (section 3).
const commonAttributes = `
schemas reference multi required always ref=uri | URIs of the schemas that the resource uses.
id string exact readOnly always server | Identifier given by the service provider.
externalId string exact | Identifier given by the provisioning client.
meta complex readOnly | Metadata given by the service provider.
  resourceType string exact | Name of the resource type.
  created dateTime | When the resource was added.
  lastModified dateTime | When the resource was last changed.
  location reference exact ref=uri | URI of the resource.
  version string exact | Version of the resource, the same as its entity tag.
`

const userAttributes = `
userName string required server | Unique identifier for the User, used to sign in.
name complex | The components of the user's name.
  formatted string | The full name, ready for display.
  familyName string | The family name.
  givenName string | The given name.
  middleName string | The middle names.
  honorificPrefix string | Prefix or title, such as Ms.
  honorificSuffix string | Suffix, such as III.
displayName string | The name shown to other people.
nickName string | The casual way to address the user.
profileUrl reference ref=external | URL of the user's online profile.
title string | Job title, such as Vice President.
userType string | Relationship to the organization, such as Employee.
preferredLanguage string | Preferred languages, in the form of Accept-Language.
locale string | Default location for currency, dates and numbers, such as en-US.
timezone string | Time zone in the Olson format, such as Europe/Paris.
active boolean | Whether the user may use the service.
password string writeOnly never | Clear-text password, to set or compare, never returned.
emails complex multi | Email addresses.
  value string | The address.
  display string | Name for display.
  type string canonical=work,home,other | Label of its function.
  primary boolean | Whether this is the preferred value.
phoneNumbers complex multi | Phone numbers.
  value string | The number, best in the form of RFC 3966.
  display string | Name for display.
  type string canonical=work,home,mobile,fax,pager,other | Label of its function.
  primary boolean | Whether this is the preferred value.
ims complex multi | Instant messaging addresses.
  value string | The address.
  display string | Name for display.
  type string canonical=aim,gtalk,icq,xmpp,msn,skype,qq,yahoo | Label of its function.
  primary boolean | Whether this is the preferred value.
photos complex multi | URLs of photos.
  value reference ref=external | URL of the photo.
  display string | Name for display.
  type string canonical=photo,thumbnail | Label of its function.
  primary boolean | Whether this is the preferred value.
addresses complex multi | Physical mailing addresses.
  formatted string | The full address, ready for display or a label.
  streetAddress string | Street, house number and more.
  locality string | City.
  region string | State or region.
  postalCode string | Postal code.
  country string | Country, as two letters of ISO 3166-1.
  type string canonical=work,home,other | Label of its function.
  primary boolean | Whether this is the preferred value.
groups complex multi readOnly | Groups that the user belongs to, changed through the Group resource only.
  value string | The id of the group.
  $ref reference ref=Group | URI of the group.
  display string | Name for display.
  type string canonical=direct,indirect | How the user came into the group.
entitlements complex multi | Things that the user is entitled to.
  value string | The entitlement.
  display string | Name for display.
  type string | Label of its function.
  primary boolean | Whether this is the preferred value.
roles complex multi | Roles that say who the user is, such as Student.
  value string | The role.
  display string | Name for display.
  type string | Label of its function.
  primary boolean | Whether this is the preferred value.
x509Certificates complex multi | Certificates of the user.
  value binary | The certificate, DER in base64.
  display string | Name for display.
  type string | Label of its function.
  primary boolean | Whether this is the preferred value.
`

const groupAttributes = `
displayName string required | Name of the group for display.
members complex multi | Members of the group.
  value string immutable | The id of the member.
  $ref reference immutable ref=User,Group | URI of the member.
  type string immutable canonical=User,Group | Resource type of the member.
  display string immutable | Name for display.
`

const enterpriseAttributes = `
employeeNumber string | Identifier given by the organization.
costCenter string | Name of a cost center.
organization string | Name of an organization.
division string | Name of a division.
department string | Name of a department.
manager complex | The user's manager.
  value string exact | The id of the manager's User resource.
  $ref reference ref=User | URI of the manager's User resource.
  displayName string readOnly | Name of the manager for display.
`

const configAttributes = `
documentationUri reference readOnly ref=external | URL of the documentation for people.
patch complex required readOnly | PATCH options.
  supported boolean required | Whether PATCH is supported.
bulk complex required readOnly | Bulk options.
  supported boolean required | Whether bulk is supported.
  maxOperations integer required | Largest number of operations.
  maxPayloadSize integer required | Largest payload in bytes.
filter complex required readOnly | Filter options.
  supported boolean required | Whether filters are supported.
  maxResults integer required | Largest number of resources in one answer.
changePassword complex required readOnly | Options for changing a password.
  supported boolean required | Whether changing a password is supported.
sort complex required readOnly | Sort options.
  supported boolean required | Whether sorting is supported.
etag complex required readOnly | ETag options.
  supported boolean required | Whether ETags are supported.
authenticationSchemes complex multi required readOnly | Supported authentication schemes.
  type string required canonical=oauth,oauth2,oauthbearertoken,httpbasic,httpdigest | The authentication scheme.
  name string required | Common name of the scheme.
  description string required | Description of the scheme.
  specUri reference ref=external | URL of the specification of the scheme.
  documentationUri reference ref=external | URL of the documentation of the scheme.
  primary boolean | Whether this is the preferred scheme.
pagination complex readOnly | Paging options (RFC 9865).
  cursor boolean required | Whether paging by cursor is supported.
  index boolean required | Whether paging by index is supported.
  defaultPaginationMethod string canonical=cursor,index | Method that is used when none is asked for.
  defaultPageSize integer | Number of results in a page when no count is given.
  maxPageSize integer | Largest number of results in a page.
  cursorTimeout integer | Least number of seconds that a cursor lives.
securityEvents complex readOnly | Security event options (RFC 9967).
  asyncRequest string canonical=none,long,request | Which asynchronous requests are supported.
  eventUris reference multi ref=uri | Events that the provider can issue.
`

const resourceTypeAttributes = `
id string readOnly | Identifier of the resource type, often its name.
name string required exact readOnly server | Name of the resource type.
description string readOnly | Description of the resource type.
endpoint reference required exact readOnly server ref=uri | Endpoint relative to the base URL, such as /Users.
schema reference required exact readOnly ref=uri | URI of the base schema.
schemaExtensions complex multi readOnly | Extensions of the resource type.
  schema reference required exact ref=uri | URI of the extension.
  required boolean required | Whether every resource must carry the extension.
`

const schemaAttributes = `
id string required readOnly | URI of the schema.
name string readOnly | Name of the schema.
description string readOnly | Description of the schema.
attributes complex multi required readOnly | Attribute definitions.
` + characteristicsTable + `  subAttributes complex multi | Definitions of the sub-attributes.
` + subCharacteristicsTable

const characteristicsTable = `  name string required exact | Name of the attribute.
  type string required canonical=string,boolean,decimal,integer,dateTime,binary,reference,complex | Data type.
  multiValued boolean required | Whether there may be several values.
  description string exact | Description of the attribute.
  required boolean | Whether the attribute is required.
  canonicalValues string multi exact | Suggested values.
  caseExact boolean | Whether letter case matters.
  mutability string exact canonical=readOnly,readWrite,immutable,writeOnly | When the value may change.
  returned string exact canonical=always,never,default,request | When the value is returned.
  uniqueness string exact canonical=none,server,global | Where the value is unique.
  referenceTypes string multi exact | What a reference may point at.
`

const subCharacteristicsTable = `    name string required exact | Name of the attribute.
    type string required canonical=string,boolean,decimal,integer,dateTime,binary,reference | Data type.
    multiValued boolean required | Whether there may be several values.
    description string exact | Description of the attribute.
    required boolean | Whether the attribute is required.
    canonicalValues string multi exact | Suggested values.
    caseExact boolean | Whether letter case matters.
    mutability string exact canonical=readOnly,readWrite,immutable,writeOnly | When the value may change.
    returned string exact canonical=always,never,default,request | When the value is returned.
    uniqueness string exact canonical=none,server,global | Where the value is unique.
    referenceTypes string multi exact | What a reference may point at.
`

var standardDefinitions = [...]struct{ id, name, description, attributes string }{
	{SchemaUser, "User", "User Account", userAttributes},
	{SchemaGroup, "Group", "Group", groupAttributes},
	{SchemaEnterprise, "EnterpriseUser", "Enterprise User", enterpriseAttributes},
	{SchemaSPC, "Service Provider Configuration", "The configuration of the service provider", configAttributes},
	{SchemaResourceType, "ResourceType", "The schema of a resource type", resourceTypeAttributes},
	{SchemaSchema, "Schema", "The schema of a schema", schemaAttributes},
}
