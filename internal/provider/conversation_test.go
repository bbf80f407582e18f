package provider

import (
	"fmt"
	"net/url"
	"strings"
)

func talkDiscovery(k *talk) {
	for _, p := range []string{"/ServiceProviderConfig", "/ServiceProviderConfigs", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas?count=1",
		"/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/Schemas/" + ent, "/Schemas/urn:none", "/Schemas?filter=id+pr", "/ResourceTypes?sortBy=x"} {
		k.say("GET", p, "")
	}
	k.say("PUT", "/ServiceProviderConfig", "{}")
	for _, auth := range []string{"", "Bearer " + testToken[:3], "Bearer " + testToken + "x", "Bearer wrong", "Bearer " + strings.ToUpper(testToken), "Bearer t", "bearer " + testToken, "Basic x"} {
		k.say("GET", "/Users", "", "Authorization: "+auth)
		k.say("GET", "/ServiceProviderConfig", "", "Authorization: "+auth)
		k.say("GET", "/Schemas", "", "Authorization: "+auth)
		k.say("GET", "/Groups", "", "Authorization: "+auth)
		k.say("POST", "/Users", userJSON("intruder"), "Authorization: "+auth)
	}
}

const adaMore = `"name":{"givenName":"Ada","familyName":"Löve <b> \\ x"},"displayName":"Ada  O'Malley","nickName":"a","title":"Dr","active":true,"externalId":"Ext-1","password":"s3cret!x",
"locale":"fr-CA","emails":[{"value":"Ada@x.example","type":"work","primary":true},{"value":"ada@home.example","type":"home"},{"value":"ada@home.example","type":"home"}],
"phoneNumbers":[{"value":"1","type":"work"}],"roles":[{"value":"admin","type":"x"}]`

func talkCreate(k *talk, trap string) {
	u := func(name string, more ...string) got { return k.say("POST", "/Users", userJSON(name, more...)) }
	ada := u("ada@x.example", adaMore, entURN+`:{"department":"R","costCenter":"1","manager":{"value":"boss","displayName":"x"}}`)
	k.say("GET", "/Users/"+k.id(ada), "")
	k.say("GET", "/Users/"+k.id(ada), "", "Accept: application/json")
	k.say("GET", "/Users/"+k.id(ada), "", "Accept: application/scim+json")
	k.say("GET", "/Users/"+k.id(ada), "", "Accept-Encoding: gzip", "User-Agent: x", "X-Forwarded-Host: evil.example")
	u("Bob+test@x.example", `"active":false`, `"emails":[{"value":"bob@x.example"}]`, `"groups":[]`, `"meta":{"resourceType":"User"}`)
	u("carl", `"nickName":null`, "\"title\":\"😀 café \u200e\u05e9\u05dc\u05d5\u05dd\"", `"active":"True"`, `"preferredLanguage":"`+strings.Repeat("x", 100)+`"`)
	u("ADA@x.example")
	u("ada@x.example")
	u("J\u00fcrgen")
	u("Ju\u0308rgen")
	u("dora", `"emails":[{"value":"ada@x.example"}]`, `"name":{"givenName":"Do","familyName":"Ra"}`, `"roles":[{"value":"{\"value\":\"x\"}"}]`)
	u("eva", `"photos":[{"value":"`+trap+`/photo"}]`, `"groups":[{"value":"admins"}]`, `"unknown":1`)
	u("long", `"title":"`+strings.Repeat("y", 300)+`"`)
	u("two", `"emails":[{"value":"1","primary":true},{"value":"2","primary":true}]`)
	u("typed", `"title":7`)
	u("o'neil", `"password":"`+strings.Repeat("p", 20)+`"`)
	u("")
	k.say("POST", "/Users", `{"schemas":[`+userURN+`]}`)
	k.say("POST", "/Users", `{"userName":"bare"}`)
	k.say("POST", "/Users", `{"schemas":[`+userURN+`,`+entURN+`],"userName":"listed"}`)
	k.say("POST", "/Users", userJSON("json", `"name":{"givenName":"Jay"}`), "Content-Type: application/json")
	k.say("POST", "/Users", userJSON("charset"), "Content-Type: application/scim+json; charset=utf-8")
	k.say("POST", "/Users", userJSON("form"), "Content-Type: text/plain")
	k.say("POST", "/Users?attributes=userName", userJSON("projected"))
	k.say("POST", "/Users", userJSON("dup", `"username":"dup2"`))
	put := "/Users/" + k.id(ada)
	full := userJSON("ada@x.example", `"title":"Prof"`, `"active":false`, `"id":"`+k.id(ada)+`"`, `"groups":[]`, `"displayName":null`, `"externalId":"Ext-2"`,
		`"emails":[{"value":"new@x.example","type":"work"}]`, `"password":"other-password-1"`, entURN+`:{"department":"S"}`)
	k.say("PUT", put, full)
	k.say("GET", put, "")
	k.say("PUT", put, full)
	k.say("PUT", put, userJSON("dora"))
	k.say("PUT", put, `{"schemas":[`+userURN+`]}`)
	k.say("GET", put, "")
	k.say("PUT", put+"?attributes=userName", userJSON("ada@x.example", adaMore, entURN+`:{"department":"R","costCenter":"1"}`))
	k.say("PUT", "/Users/none", userJSON("nobody"))
	k.say("PUT", put, userJSON("ada2@x.example", adaMore))
	k.say("GET", put, "")
	k.say("PUT", put, userJSON("ada@x.example", adaMore, entURN+`:{"department":"R","costCenter":"1"}`))
}

func talkQueries(k *talk) {
	for i := range 9 {
		more := ""
		if i%2 == 0 {
			more = `"displayName":"Q` + fmt.Sprint(9-i) + `",`
		}
		k.say("POST", "/Users", userJSON(fmt.Sprintf("%s-user", string(rune("aBcDeFgHi"[i]))), more+`"emails":[{"value":"z`+fmt.Sprint(i)+`@q.example","type":"home"},{"value":"a`+fmt.Sprint(9-i)+`@q.example","type":"work","primary":true}]`))
	}
	for _, f := range []string{`userName eq "dora"`, `userName eq "DORA"`, `userName eq "dor"`, `userName EQ "dora"`, `username eq "dora"`, `userName eq "nobody"`, `userName eq "nobody@x.example"`,
		`userName sw "o"`, `userName sw "r"`, `userName ew "r"`, `userName ew "a"`, `userName co "user"`, `userName co "er"`, `title ne "Dr"`, `title pr`, `not (title pr)`, `active eq true`, `active gt true`,
		`meta.created ge "2026-01-02T03:04:05.001Z"`, `meta.created le "2026-01-02T03:04:05.001Z"`, `meta.created gt "2026-01-02T03:04:05.010Z"`, `meta.lastModified lt "2020-01-01T00:00:00Z"`,
		`emails.value eq "ada@home.example"`, `emails.value eq "ADA@x.example"`, `emails eq "bob@x.example"`, `emails[type eq "work" and value eq "ada@home.example"]`, `emails[type eq "home" and value ew "home.example"]`,
		`emails[type eq "home"] and title pr`, `emails[type eq "work"].value eq "Ada@x.example"`, `externalId eq "Ext-1"`, `externalId eq "ext-1"`, `id pr`, `name.familyName co "Löve"`, `name.familyName co "x"`,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "dora"`, ent + `:department eq "R"`, `schemas eq "` + ent + `"`, `displayName eq "Q1"`, `displayName eq "q1"`,
		`title pr and userName eq "dora"`, `userName eq "dora" or title pr`, `userName eq "dora" or title pr and userName eq "carl"`, `userName eq "Bob+test@x.example"`, `userName eq "o'neil"`, `userName eq "x' or '1'='1"`,
		`userName eq "%"`, `nickName eq "\"q\\"`, `name.familyName co "\\"`, `userName eq`, ``, `nope eq "x"`, `userName eq "` + strings.Repeat("l", 150) + `"`, `password eq "x"`, `userName eq "J` + "ü" + `rgen"`,
		`userName eq "d%"`, `userName eq "dora' --"`, `userName ne "black and white"`, `userName ne "a&b"`, `name eq "x"`, `title eq "Dr"`, `schemas eq "urn:none"`,
		`URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:userName eq "dora"`, strings.Repeat("(", 41) + `userName eq "dora"` + strings.Repeat(")", 41)} {
		k.say("GET", "/Users?filter="+esc(f), "")
		k.say("GET", "/Users?count=3&startIndex=2&filter="+esc(f), "")
	}
	id := k.say("GET", "/Users?filter="+strings.ReplaceAll(esc(`userName eq "dora"`), "+", "%20"), "").str("Resources", "0", "id")
	k.say("GET", "/Users?filter="+esc(`id eq "`+strings.ToUpper(id)+`"`), "")
	k.say("GET", "/Groups?filter="+esc(`displayName eq`), "")
	for _, q := range []string{"", "count=3", "count=0", "startIndex=1&count=3", "startIndex=4&count=3", "startIndex=0", "startIndex=-1&count=-2", "startIndex=500", "count=x", "startIndex=x", "count=4294967297", "count=1000", "startIndex=22&count=5",
		"sortBy=userName", "sortBy=userName&sortOrder=descending&count=4", "sortBy=displayName", "sortBy=emails.value&count=4", "sortBy=name.familyName", "sortBy=urn:ietf:params:scim:schemas:core:2.0:User:displayName&count=3", "sortBy=nope", "other=1",
		"attributes=userName", "attributes=USERNAME,name.givenName,emails.type", "attributes=password,emails", "attributes=" + ent + ":department", "excludedAttributes=emails,name.familyName,id,members",
		"cursor=zzz", "sortBy=userName&count=4&startIndex=3"} {
		k.say("GET", "/Users?"+q, "")
	}
	for _, q := range []string{"count=4&cursor=", "count=4&sortBy=userName&cursor="} {
		cur := ""
		for range 8 {
			g := k.say("GET", "/Users?"+q+esc(cur), "")
			if cur = g.str("nextCursor"); cur == "" {
				break
			}
			k.say("GET", "/Users?filter=title+pr&cursor="+esc(cur), "")
			k.say("GET", "/Users?count=2&cursor="+esc(cur), "")
		}
	}
	search := func(path, more string) {
		k.say("POST", path, `{"schemas":["`+urnSearch+`"]`+more+`}`)
	}
	search("/Users/.search", `,"filter":"title pr","count":2,"startIndex":1,"sortBy":"userName","sortOrder":"descending","attributes":["userName"]`)
	search("/Users/.search", `,"cursor":"","count":2`)
	search("/.search", `,"count":30`)
	k.say("POST", "/.search", `{"filter":"title pr"}`)
	k.say("GET", "/?count=30", "")
	k.say("GET", "/Me", "")
	first := k.say("GET", "/Users?count=1", "").str("Resources", "0", "id")
	for _, q := range []string{"attributes=userName", "attributes=name.givenName", "attributes=displayName,userName", "attributes=UserName", "attributes=id,username", "excludedAttributes=name.familyName", "attributes=" + ent + ":department,password", "excludedAttributes=id"} {
		k.say("GET", "/Users/"+first+"?"+q, "")
	}
}

func talkPatch(k *talk) {
	boss := k.id(k.say("POST", "/Users", userJSON("boss")))
	k.say("GET", "/Users/"+k.id(k.say("POST", "/Users", userJSON("led", entURN+`:{"manager":{"value":"`+boss+`","displayName":"Nobody"}}`))), "")
	u := k.say("POST", "/Users", userJSON("pat", adaMore, entURN+`:{"department":"R","costCenter":"1"}`))
	path := "/Users/" + k.id(u)
	tag := u.header.Get("ETag")
	k.say("GET", path, "", "If-None-Match: "+tag)
	k.say("GET", path, "", `If-None-Match: "zzz"`)
	k.say("PATCH", path, patchJSON(`{"op":"replace","path":"title","value":"T0"}`), "If-Match: "+tag)
	k.say("PATCH", path, patchJSON(`{"op":"replace","path":"title","value":"T1"}`), "If-Match: "+tag)
	k.say("PUT", path, userJSON("pat", adaMore, entURN+`:{"department":"R","costCenter":"1"}`), "If-Match: *")
	k.say("PUT", path, userJSON("pat"), "If-Match: "+tag)
	k.say("DELETE", path, "", "If-Match: "+tag)
	if k.say("GET", path, "").status != 200 {
		path = "/Users/" + k.id(k.say("POST", "/Users", userJSON("pat3", adaMore)))
	}
	for _, ops := range []string{
		`{"op":"replace","path":"title","value":"T"}`, `{"op":"replace","value":{"active":false}}`, `{"op":"replace","path":"active","value":true}`, `{"op":"Replace","path":"active","value":"False"}`,
		`{"op":"Replace","path":"active","value":"True"}`, `{"op":"replace","path":"active","value":"banana"}`, `{"op":"add","path":"title","value":"T2"}`, `{"op":"Add","path":"title","value":"T3"}`,
		`{"op":"replace","path":"emails[type eq \"home\"].value","value":"h2@x"}`, `{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"2"}`, `{"op":"replace","path":"name.givenName","value":"G"}`,
		`{"op":"replace","path":"name","value":{"givenName":"G2"}}`, `{"op":"replace","value":{"name.givenName":"G3","` + ent + `:department":"D3","displayName":"DD"}}`, `{"op":"add","path":"` + ent + `:division","value":"V"}`,
		`{"op":"Add","path":"` + ent + `:manager","value":"271"}`, `{"op":"replace","path":"` + ent + `:manager","value":{"value":""}}`, `{"op":"add","path":"emails","value":[{"value":"p@x","type":"other","primary":true}]}`,
		`{"op":"add","path":"emails","value":[{"value":"p@x","type":"other","primary":true}]}`, `{"op":"replace","path":"phoneNumbers","value":[{"value":"9","type":"work"}]}`, `{"op":"add","path":"phoneNumbers","value":[{"value":"8","type":"home"}]}`,
		`{"op":"remove","path":"emails[type eq \"other\"]"}`, `{"op":"remove","path":"name.givenName"}`, `{"op":"remove","path":"nickName"}`, `{"op":"remove"}`, `{"op":"remove","path":"userName"}`, `{"op":"remove","path":"emails[type eq \"zzz\"]"}`,
		`{"op":"move","path":"title"}`, `{"op":"replace","path":"nope","value":1}`, `{"op":"replace","path":"a b c","value":1}`, `{"op":"replace","path":"id","value":"z"}`, `{"op":"replace","path":"groups","value":[{"value":"g"}]}`, `{"op":"replace","path":"title","value":null}`,
		`{"op":"replace","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}`, `{"op":"replace","path":"title","value":"C"},{"op":"replace","path":"nope","value":"B"}`, `{"op":"replace","path":"userName","value":"dora"}`,
		`{"op":"replace","path":"userName","value":"pat2"}`, `{"op":"replace","path":"externalId","value":"e9"}`, `{"op":"Add","path":"roles","value":[{"value":"{\"value\":\"R\"}"}]}`, ``, `{"op":"replace","path":"password","value":"new-password-9"}`,
		strings.TrimSuffix(strings.Repeat(`{"op":"replace","path":"title","value":"many"},`, 12), ","), `{"op":"replace","path":"title","value":"many"}`,
		`{"op":"add","path":"` + ent + `:manager","value":{"value":"271"}}`, `{"op":"replace","path":"` + ent + `:manager.value","value":"272"}`,
		`{"op":"add","path":"emails","value":[{"value":"a.rather.long.address@example.com","type":"other"}]}`,
	} {
		k.say("PATCH", path, patchJSON(ops))
		k.say("GET", path, "")
	}
	k.say("PATCH", path, `{"Operations":[{"op":"replace","path":"title","value":"bare"}]}`)
	k.say("PATCH", path+"?attributes=userName", patchJSON(`{"op":"replace","path":"title","value":"p"}`))
	k.say("DELETE", path, "")
}

// talkReach: requests that could reach more than what they name.
func talkReach(k *talk) {
	k.say("POST", "/Users", userJSON("own", `"id":"of-the-client"`, `"meta":{"created":"2001-02-03T04:05:06Z"}`))
	ann := k.id(k.say("POST", "/Users", userJSON("reach", `"active":true`)))
	team := k.id(k.say("POST", "/Groups", groupJSON("Reach", ann)))
	north := k.id(k.say("POST", "/Groups", groupJSON("Reach North", ann)))
	k.say("PUT", "/Users/"+ann, userJSON("reach", `"active":false`))
	k.say("PATCH", "/Users/"+ann, patchJSON(`{"op":"replace","path":"active","value":true}`))
	k.say("GET", "/Groups/"+team, "")
	k.say("POST", "/Users", userJSON("joins", `"groups":[{"value":"`+team+`"}]`))
	k.say("GET", "/Groups/"+team, "")
	k.say("DELETE", "/Groups/"+team, "")
	k.say("GET", "/Groups/"+north, "")
	k.say("GET", "/Groups/"+ann, "")
	k.say("DELETE", "/Groups/"+ann, "")
	k.say("POST", "/Users", strings.Repeat("[", 2000))
	k.say("GET", "/Users?count=1", "")
}

func talkGroups(k *talk) {
	var ids []string
	for i := range 12 {
		ids = append(ids, k.id(k.say("POST", "/Users", userJSON(fmt.Sprintf("m%02d", i)))))
	}
	g := k.say("POST", "/Groups", groupJSON("Team", ids...))
	path := "/Groups/" + k.id(g)
	get := func() { k.say("GET", path, ""); k.say("GET", "/Users/"+ids[0], ""); k.say("GET", "/Users/"+ids[1], "") }
	get()
	k.say("GET", "/?filter="+esc(`displayName eq "Team"`), "")
	k.say("POST", "/.search", `{"schemas":["`+urnSearch+`"],"filter":"displayName eq \"Team\""}`)
	k.say("POST", "/Groups", groupJSON("Team"))
	k.say("POST", "/Groups", `{"schemas":[`+groupURN+`,"`+legacyGroupSchema+`"],"displayName":"ad","externalId":"gx","members":[]}`)
	home := "/Users/" + k.id(k.say("POST", "/Users", userJSON("home", `"active":false`, `"phoneNumbers":[{"value":"1"}]`, `"addresses":[{"type":"work","streetAddress":"1 Road","region":"CA"}]`)))
	k.say("PATCH", home, patchJSON(`{"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"2 Road"}`))
	k.say("PATCH", home, patchJSON(`{"op":"replace","path":"active","value":true}`))
	linked := "/Groups/" + k.id(k.say("POST", "/Groups", `{"schemas":[`+groupURN+`],"displayName":"linked","externalId":"l1","members":[{"value":"`+ids[0]+`"},{"value":"`+ids[1]+`"}]}`))
	k.say("PATCH", linked, patchJSON(`{"op":"add","path":"members","value":[{"value":"`+ids[2]+`"}]}`))
	k.say("PATCH", linked, patchJSON(`{"op":"remove","path":"members[value eq \"`+ids[0]+`\"]"}`))
	k.say("PATCH", linked, patchJSON(`{"op":"replace","path":"externalId","value":"l2"}`))
	k.say("PATCH", linked, patchJSON(`{"op":"add","path":"members","value":[{"value":"`+k.id(g)+`","type":"Group"}]}`))
	k.say("POST", "/Groups", groupJSON("outer", k.id(g)))
	k.say("POST", "/Groups", `{"schemas":[`+groupURN+`],"displayName":"outermost","members":[{"value":"`+k.id(g)+`","type":"Group"}]}`)
	k.say("GET", "/Users/"+ids[3], "")
	k.say("POST", "/Groups", groupJSON("ghost", "nobody"))
	k.say("POST", "/Groups", `{"schemas":[`+groupURN+`],"displayName":"nulls","members":[{"value":"`+ids[0]+`","display":null}]}`)
	v := func(ids ...string) string {
		var l []string
		for _, i := range ids {
			l = append(l, `{"$ref":null,"display":"d","value":"`+i+`"}`)
		}
		return `"value":[` + strings.Join(l, ",") + `]`
	}
	for _, ops := range []string{`{"op":"replace","path":"members",` + v(ids[0], ids[1], ids[2]) + `}`, `{"op":"add","path":"members",` + v(ids[3]) + `}`, `{"op":"add","path":"members",` + v(ids[3], ids[4]) + `}`, `{"op":"add","path":"members",` + v(ids[3]) + `}`,
		`{"op":"remove","path":"members[value eq \"` + ids[1] + `\"]"}`, `{"op":"remove","path":"members[value eq \"` + ids[1] + `\"]"}`, `{"op":"Remove","path":"members",` + v(ids[0]) + `}`, `{"op":"replace","value":{"id":"` + k.id(g) + `","displayName":"New"}}`,
		`{"op":"replace","value":{"members":[{"value":"` + ids[0] + `"}]}}`, `{"op":"replace","path":"displayName","value":"Newer"}`, `{"op":"replace","path":"members","value":[]}`,
		`{"op":"add","path":"members",` + v(append(append([]string{}, ids...), ids...)...) + `}`} {
		k.say("PATCH", path, patchJSON(ops))
		get()
	}
	k.say("PUT", path, groupJSON("Put", ids[0], ids[1]))
	get()
	k.say("PUT", path, groupJSON("Put", ids[2]))
	get()
	for _, f := range []string{`displayName eq "put"`, `displayName eq "Put"`, `members.value eq "` + ids[2] + `"`, `members eq "` + ids[2] + `"`} {
		k.say("GET", "/Groups?excludedAttributes=members&filter="+esc(f), "")
	}
	k.say("GET", path+"?excludedAttributes=members", "")
	k.say("GET", path+"?attributes=members", "")
	k.say("GET", "/Groups", "")
	k.say("PUT", "/Users/"+ids[2], userJSON("m02", `"groups":[]`))
	get()
	k.say("GET", "/Users/"+ids[2], "")
	k.say("DELETE", "/Users/"+ids[2], "")
	get()
	k.say("PATCH", path, patchJSON(`{"op":"add","path":"members",`+v(ids[5])+`}`))
	k.say("PATCH", "/Users/"+ids[5], patchJSON(`{"op":"replace","value":{"active":false}}`))
	k.say("GET", "/Users/"+ids[5], "")
	get()
	k.say("DELETE", path, "")
	k.say("GET", path, "")
	k.say("GET", "/Users/"+ids[5], "")
}

func talkLife(k *talk) {
	u := k.say("POST", "/Users", userJSON("leaver", `"active":true`, `"emails":[{"value":"l@x"}]`))
	path := "/Users/" + k.id(u)
	k.say("PATCH", path, patchJSON(`{"op":"replace","value":{"active":false}}`))
	for _, p := range []string{path, "/Users?filter=" + esc(`userName eq "leaver"`), "/Users?filter=" + esc(`emails.value eq "l@x"`)} {
		k.say("GET", p, "")
	}
	k.say("POST", "/Users", userJSON("leaver"))
	k.say("PATCH", path, patchJSON(`{"op":"replace","path":"title","value":"t"}`))
	k.say("PUT", path, userJSON("leaver", `"active":true`))
	k.say("PUT", path, userJSON("leaver", `"active":false`))
	k.say("PATCH", path, patchJSON(`{"op":"replace","value":{"active":true}}`))
	k.say("GET", path, "")
	k.say("DELETE", path, "")
	k.say("GET", path, "")
	k.say("GET", "/Users?filter="+esc(`userName eq "leaver"`), "")
	k.say("DELETE", path, "")
	k.say("DELETE", "/Users/none", "")
	k.say("PUT", path, userJSON("leaver"))
	k.say("POST", "/Users", userJSON("leaver"))
	k.say("GET", "/Users?startIndex=21&count=20", "")
}

func talkBulk(k *talk) {
	bulk := func(more string, ops ...string) {
		k.say("POST", "/Bulk", `{"schemas":["`+urnBulk+`"]`+more+`,"Operations":[`+strings.Join(ops, ",")+`]}`)
	}
	bulk("", `{"method":"POST","path":"/Groups","bulkId":"g","data":`+groupJSON("bulkteam", "bulkId:u")+`}`, `{"method":"POST","path":"/Users","bulkId":"u","data":`+userJSON("bulk", entURN+`:{"manager":{"value":"bulkId:m"}}`)+`}`,
		`{"method":"POST","path":"/Users","bulkId":"m","data":`+userJSON("bulkboss")+`}`)
	k.say("GET", "/Groups?filter="+esc(`displayName eq "bulkteam"`), "")
	k.say("GET", "/Users?filter="+esc(`userName eq "bulk"`), "")
	id := k.say("GET", "/Users?filter="+esc(`userName eq "bulkboss"`), "").str("Resources", "0", "id")
	bulk(`,"failOnErrors":1`, `{"method":"DELETE","path":"/Users/none"}`, `{"method":"PATCH","path":"/Users/`+id+`","data":`+patchJSON(`{"op":"replace","path":"title","value":"x"}`)+`}`)
	bulk("", `{"method":"DELETE","path":"/Users/none"}`, `{"method":"PUT","path":"/Users/`+id+`","version":"W/\"zz\"","data":`+userJSON("bulkboss")+`}`, `{"method":"POST","path":"/Users","data":`+userJSON("noid")+`}`, `{"method":"DELETE","path":"/Users/`+id+`"}`)
	k.say("GET", "/Users/"+id, "")
	team := k.say("GET", "/Groups?filter="+esc(`displayName eq "bulkteam"`), "").str("Resources", "0", "id")
	bulk("", `{"method":"PATCH","path":"/Groups/`+team+`","data":`+patchJSON(`{"op":"replace","path":"externalId","value":"b"}`)+`}`)
	k.say("PUT", "/Groups/"+team, groupJSON("bulkteam"), `If-Match: W/"zz"`)
	bulk("", "1", "2", "3", "4", "5")
	bulk("", `"`+strings.Repeat("x", 7000)+`"`)
}

func talkOdd(k *talk) {
	for _, body := range []string{"", "{", "[]", `{"schemas":[` + userURN + `],"userName":"deep","x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
		`{"schemas":[` + userURN + `],"userName":7}`, `{"schemas":[` + userURN + `],"userName":"w","name":"x"}`, userJSON("big", `"title":"`+strings.Repeat("z", 150_000)+`"`)} {
		k.say("POST", "/Users", body)
	}
	for _, p := range []string{"/Users/none", "/Users/%27x", "/Nothing", "/Users/1/2", "/Groups/none"} {
		k.say("GET", p, "")
		k.say("PATCH", p, patchJSON(`{"op":"replace","path":"title","value":"x"}`))
	}
	k.say("DELETE", "/Users", "")
	k.say("GET", "/Me", "", "Authorization: Bearer second")
	k.say("GET", "/Me", "", "Authorization: Bearer third")
	k.say("GET", "/Users", "", "Accept: text/html")
	k.say("PATCH", "/Users/none", patchJSON(`{"op":"replace","path":"title","value":"x"}`), "Content-Type: application/scim+json; charset=utf-8")
}

func talkTenants(k *talk) {
	second := *k
	other := &second
	other.client = &client{t: k.t, p: k.p, token: "second"}
	mine := k.id(k.say("POST", "/Users", userJSON("mine", `"externalId":"00u1"`)))
	other.say("POST", "/Users", userJSON("theirs", `"externalId":"00u1"`))
	other.say("GET", "/Users/"+mine, "")
	other.say("PATCH", "/Users/"+mine, patchJSON(`{"op":"replace","path":"title","value":"x"}`))
	other.say("GET", "/Users?filter="+esc(`userName eq "mine"`), "")
	other.say("POST", "/Groups", groupJSON("steal", mine))
	other.say("POST", "/Users", userJSON("mine"))
	other.say("GET", "/Me", "")
	page := k.say("GET", "/Users?count=2&cursor=", "")
	next := "/Users?count=2&cursor=" + url.QueryEscape(page.str("nextCursor"))
	other.say("GET", next, "")
	k.say("GET", next, "", "Authorization: ")
}

// talkHeirs is about what belongs to an account: its reports, its memberships, and its name when it is gone.
func talkHeirs(k *talk) {
	const work = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	patch := func(path string, ops ...string) { k.say("PATCH", path, patchJSON(ops...)); k.say("GET", path, "") }
	boss := k.id(k.say("POST", "/Users", userJSON("heir.boss")))
	ann := k.id(k.say("POST", "/Users", userJSON("heir.ann", `"displayName":"Ann"`, `"title":"Cook"`, `"externalId":"heir-1"`, `"name":{"givenName":"Ann"}`, work+`:{"department":"Tools","manager":{"value":"`+boss+`"}}`)))
	bea, cid := k.id(k.say("POST", "/Users", userJSON("heir.bea"))), k.id(k.say("POST", "/Users", userJSON("heir.cid")))
	team := "/Groups/" + k.id(k.say("POST", "/Groups", groupJSON("heirs", ann)))
	member := func(id string) string { return `{"op":"add","path":"members","value":[{"value":"` + id + `"}]}` }
	patch("/Users/"+ann, `{"op":"replace","path":"displayName","value":"ANN"}`)
	patch("/Users/"+ann, `{"op":"replace","value":{"externalId":"heir-2"}}`)
	patch("/Users/"+ann, `{"op":"replace","path":`+strings.TrimSuffix(work, `"`)+`:department","value":"Kitchen"}`)
	patch("/Users/"+ann, `{"op":"add","path":"phoneNumbers","value":[{"value":"1","type":"work"},{"value":"2","type":"home"}]}`)
	patch("/Users/"+ann, `{"op":"replace","path":"active","value":false}`)
	patch("/Users/"+ann, `{"op":"replace","path":"displayName","value":"Away"}`)
	patch(team, member(bea), member(cid))
	patch(team, `{"op":"remove","path":"members[value eq \"`+bea+`\"]"}`)
	patch(team, `{"op":"replace","path":"displayName","value":"heirs new"}`, member(bea))
	patch("/Users/"+bea, `{"op":"replace","path":"userName","value":"heir.beata"}`)
	k.say("GET", team, "")
	k.say("POST", "/Groups", groupJSON("outer heirs", strings.TrimPrefix(team, "/Groups/")))
	k.say("DELETE", "/Users/"+boss, "")
	k.say("GET", "/Users/"+ann, "")
	k.say("DELETE", "/Users/"+ann, "")
	k.say("POST", "/Users", userJSON("heir.ann"))
	k.say("GET", team, "")
	k.say("DELETE", team, "")
}
