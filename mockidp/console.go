package mockidp

import "net/http"

func (i *IdP) console(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><html lang=en><title>scimmage</title><h1>scimmage</h1>"))
	})
}

func errorPage(w http.ResponseWriter, status int, detail string) { http.Error(w, detail, status) }
