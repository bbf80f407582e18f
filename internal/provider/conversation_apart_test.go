package provider

import "net/url"

// talkApart is about what belongs apart: an old name and a new one, a member and the same member again.
func talkApart(k *talk) {
	ann := k.id(k.say("POST", "/Users", userJSON("apart-ann", `"externalId":"apart-1"`)))
	ben := k.id(k.say("POST", "/Users", userJSON("apart-ben", `"active":false`)))
	cid := k.id(k.say("POST", "/Users", userJSON("apart-cid")))
	team := k.id(k.say("POST", "/Groups", groupJSON("Apart", ann, ben)))
	k.say("POST", "/Groups", groupJSON("Apart twice", ann, ann))
	k.say("GET", "/Groups", "")
	k.say("PATCH", "/Groups/"+team, patchJSON(`{"op":"replace","path":"members","value":[{"value":"`+ann+`"},{"value":"`+ann+`"}]}`))
	k.say("PATCH", "/Groups/"+team, patchJSON(`{"op":"add","path":"members","value":[{"value":"`+cid+`"},{"value":"nobody-at-all"}]}`))
	k.say("PATCH", "/Users/"+ann, patchJSON(`{"op":"replace","path":"title","value":"Chef"}`))
	k.say("GET", "/Groups/"+team, "")
	k.say("PATCH", "/Users/"+cid, patchJSON(`{"op":"remove","path":"displayName"},{"op":"add","path":"displayName","value":"Cid anew"}`))
	k.say("GET", "/Users/"+cid, "")
	k.say("PUT", "/Groups/"+team, `{"schemas":[`+groupURN+`],"displayName":"Apart","externalId":"apart-new"}`)
	k.say("GET", "/Groups?filter="+url.QueryEscape(`externalId eq "apart-new"`), "")
	k.say("PATCH", "/Users/"+cid, patchJSON(`{"op":"replace","path":"userName","value":"apart-cid-two"}`))
	k.say("POST", "/Users", userJSON("apart-cid"))
	k.say("POST", "/Users", userJSON("apart-cid", `"password":"Tm!apart-9z"`))
	k.say("DELETE", "/Users/"+ann, "")
	k.say("POST", "/Users", userJSON("apart-ann", `"externalId":"apart-1"`))
	k.say("GET", "/Users?filter="+url.QueryEscape(`userName eq "apart-ann"`), "")
}
