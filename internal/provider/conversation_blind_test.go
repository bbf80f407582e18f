package provider

import (
	"fmt"
	"net/url"
	"strings"
)

// talkBlind: questions, values and people that a server may do wrong while it does the others right.
func talkBlind(k *talk) {
	boss := k.id(k.say("POST", "/Users", userJSON("blind-boss")))
	ann := k.id(k.say("POST", "/Users", userJSON("blind-ann", `"externalId":"blind-1"`, `"active":false`, `"emails":[{"value":"b@x.example","type":"work"}]`, `"roles":[{"value":"r1"},{"value":"r2"}]`,
		`"phoneNumbers":[{"value":"7","type":"work"}]`, entURN+`:{"department":"R&D of tools","manager":{"value":"`+boss+`"}}`)))
	bob := k.id(k.say("POST", "/Users", userJSON("blind-bob", `"name":{"givenName":"Bob"}`)))
	team := k.id(k.say("POST", "/Groups", groupJSON("Blind", ann, bob, boss)))
	none := k.id(k.say("POST", "/Groups", groupJSON("Blind alone")))
	for _, f := range []string{`externalId eq "blind-1"`, `emails.value eq "b@x.example"`, `roles.value eq "r1"`, `phoneNumbers.value eq "7"`, `groups.value eq "` + team + `"`, ent + `:manager.value eq "` + boss + `"`, ent + `:department pr`,
		`(userName eq "blind-ann" or userName eq "blind-bob") and externalId pr`, `meta.resourceType eq "User"`} {
		k.say("GET", "/Users?filter="+url.QueryEscape(f), "")
	}
	k.say("GET", "/Groups?filter="+url.QueryEscape(`members pr and (id eq "`+team+`" or id eq "`+none+`")`), "")
	k.say("PATCH", "/Groups/"+team, patchJSON(`{"op":"remove","path":"members[value eq \"`+ann+`\" or value eq \"`+bob+`\"]"}`))
	k.say("GET", "/Groups/"+team, "")
	for _, ops := range []string{`{"op":"replace","value":{"active":true}}`, `{"op":"add","path":"roles","value":[{"value":"r3"}]}`, `{"op":"add","path":"emails","value":[{"value":"b2@x.example","type":"work"}]}`, `{"op":"remove","path":"emails[value eq \"b@x.example\" or value eq \"b2@x.example\"]"}`,
		`{"op":"add","path":"title","value":"x"},{"op":"remove","path":"title"}`, `{"op":"replace","path":"` + ent + `:department","value":"R&D of the tools"}`, `{"op":"replace","value":{"active":false}}`} {
		k.say("PATCH", "/Users/"+ann, patchJSON(ops))
		k.say("GET", "/Users/"+ann, "")
	}
	crew := make([]string, 21)
	for i := range crew {
		crew[i] = `{"value":"` + k.id(k.say("POST", "/Users", userJSON(fmt.Sprintf("blind-crew%d", i)))) + `"}`
	}
	k.say("PATCH", "/Groups/"+none, patchJSON(`{"op":"add","path":"members","value":[`+strings.Join(crew, ",")+`]}`))
	k.say("GET", "/Groups/"+none, "")
}
