package virtual

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// maxSettings bounds what a client may say of a job.
const maxSettings = 64 << 10

// makeJob answers a POST of ScanSettings.
func (e *ESCL) makeJob(w http.ResponseWriter, r *http.Request) {
	if e.busy(w) {
		return
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "text/xml" && kind != "application/xml" {
		http.Error(w, "the settings are not said to be XML", http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSettings))
	if err != nil {
		http.Error(w, "the settings do not end", http.StatusBadRequest)
		return
	}
	var set scanSettings
	if err := xml.Unmarshal(body, &set); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := set.check(e); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	e.mu.Lock()
	if set.feeder() && e.trouble() != "" || set.feeder() && len(e.pile) == 0 {
		e.mu.Unlock()
		http.Error(w, "the feeder is not ready", http.StatusConflict)
		return
	}
	e.made++
	j := &esclJob{id: fmt.Sprintf("%08x-0000-4000-8000-%012x", e.made, e.made), set: set, state: "Processing"}
	if e.jobs = append(e.jobs, j); len(e.jobs) > esclMaxJobs {
		e.jobs = e.jobs[1:]
	}
	place := esclRoot + "ScanJobs/" + j.id
	if e.stay["absolute_location"] {
		place = "http://" + r.Host + place
	}
	e.mu.Unlock()
	if to, hit := e.take("foreign_location"); hit {
		if to == "" {
			to = "192.0.2.1"
		}
		place = "http://" + to + place
	}
	w.Header()["location"] = []string{place} // lower-case on the wire
	w.WriteHeader(http.StatusCreated)
}

// find gives a job that was not deleted; e.mu is held.
func (e *ESCL) find(id string) *esclJob {
	i := slices.IndexFunc(e.jobs, func(j *esclJob) bool { return j.id == id && !j.deleted })
	if i < 0 {
		return nil
	}
	return e.jobs[i]
}

func (e *ESCL) deleteJob(w http.ResponseWriter, id string) {
	e.mu.Lock()
	j := e.find(id)
	if j != nil {
		j.deleted = true
		if j.state == "Processing" {
			j.state = "Canceled"
		}
	}
	e.mu.Unlock()
	if j == nil {
		http.Error(w, "no such job", http.StatusNotFound)
	}
}

// nextDocument answers with the next page, or why there is none.
func (e *ESCL) nextDocument(w http.ResponseWriter, r *http.Request, id string) {
	if e.busy(w) {
		return
	}
	e.mu.Lock()
	j := e.find(id)
	if j == nil || j.state != "Processing" && j.state != "Completed" {
		e.mu.Unlock()
		http.Error(w, "no such job", http.StatusNotFound)
		return
	}
	page, status := e.nextPage(j)
	e.mu.Unlock()
	if page == nil {
		http.Error(w, "no page", status)
		return
	}
	e.sendPage(w, r, page)
}

// nextPage takes the next side of a sheet; e.mu is held, but not while the
// hook runs.
func (e *ESCL) nextPage(j *esclJob) (page []byte, status int) {
	if len(j.sides) == 0 && !e.nextSheet(j) {
		switch {
		case j.set.feeder() && (e.trouble() != "" || j.sent == 0):
			j.state = "Aborted"
			return nil, http.StatusConflict
		case e.stay["conflict_409"] && j.set.feeder() && j.ended == 0:
			j.ended, j.state = 1, "Completed"
			return nil, http.StatusConflict
		}
		j.state = "Completed"
		return nil, http.StatusNotFound
	}
	page, j.sides = j.sides[0], j.sides[1:]
	j.sent++
	return page, http.StatusOK
}

// nextSheet takes a sheet for a job, if there is one for it.
func (e *ESCL) nextSheet(j *esclJob) bool {
	if j.state != "Processing" || j.set.feeder() && len(e.pile) == 0 || !j.set.feeder() && j.sent > 0 {
		return false
	}
	e.sheets++
	if n, hook := e.sheets, e.onSheet; hook != nil {
		e.mu.Unlock()
		hook(n)
		e.mu.Lock()
	}
	if !j.set.feeder() {
		if j.sides = [][]byte{e.glass}; e.glass == nil {
			j.sides[0] = whitePage()
		}
		return true
	}
	if e.trouble() != "" || len(e.pile) == 0 {
		e.sheets--
		return false
	}
	sides := e.pile[0]
	e.pile = e.pile[1:]
	switch {
	case len(sides) == 0:
		sides = [][]byte{whitePage()}
	case !j.set.Duplex:
		sides = sides[:1]
	}
	if j.set.Duplex && len(sides) == 1 {
		sides = [][]byte{sides[0], whitePage()}
	}
	j.sides = sides
	return true
}

// trouble is what keeps the feeder from feeding; e.mu is held.
func (e *ESCL) trouble() string {
	for _, w := range []string{"cover_open", "jam", "empty"} {
		if e.stay[w] {
			return w
		}
	}
	return ""
}

// sendPage sends a page with the words that wait for one.
func (e *ESCL) sendPage(w http.ResponseWriter, r *http.Request, page []byte) {
	if _, hit := e.take("wrong_type"); hit {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Login</title><p>Please log in.")
		return
	}
	if _, hit := e.take("bomb"); hit {
		page = bomb(page)
	}
	if percent, hit := e.take("truncate"); hit {
		page = page[:int(float64(len(page))*number(percent, 50)/100)]
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", fmt.Sprint(len(page)))
	if _, hit := e.take("reset_mid"); hit {
		_, _ = w.Write(page[:len(page)/2])
		_ = http.NewResponseController(w).Flush() // what a recorder cannot do matters not
		cutOff(w)
		return
	}
	if _, hit := e.take("slow"); hit {
		for len(page) > 0 && pause(r.Context(), time.Second/50) {
			n, err := w.Write(page[:min(len(page), esclSlow/50)])
			if err != nil {
				return
			}
			page = page[n:]
			_ = http.NewResponseController(w).Flush() // as above
		}
		return
	}
	_, _ = w.Write(page) // a client that has gone needs no page
}

// esclSlow is the pace of the word "slow" in bytes a second.
const esclSlow = 100_000

// whitePage is what an empty side looks like: A4 at 50 dots an inch.
func whitePage() []byte {
	img := image.NewGray(image.Rect(0, 0, 413, 585))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{250}), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(fmt.Sprintf("encode white page: %v", err)) // a buffer takes every byte
	}
	return withJFIF(out.Bytes(), 50)
}
