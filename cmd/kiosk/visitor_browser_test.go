package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// browser is a browser without scripts: it keeps cookies, says where its
// requests come from, reads forms out of pages and follows redirects.
type browser struct {
	client *http.Client
	origin string
	page   *page // the one shown now
}

// errGone says that the service does not answer any more.
var errGone = errors.New("the service is gone")

// enter opens a seat with the address of this boot.
func enter(entry string) (*browser, error) {
	u, err := url.Parse(entry)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{origin: u.Scheme + "://" + u.Host}
	b.client = &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		b.dress(r)
		if len(via) > 8 {
			return errors.New("too many redirects")
		}
		return nil
	}}
	return b, b.open(u.RequestURI())
}

func (b *browser) dress(r *http.Request) {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Accept", "text/html")
}

// open loads a page of the seat.
func (b *browser) open(path string) error {
	r, err := http.NewRequest(http.MethodGet, b.origin+path, nil)
	if err != nil {
		return err
	}
	return b.load(r)
}

// load shows what comes back. A page that reports trouble is an error too,
// and is shown.
func (b *browser) load(r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	b.dress(r)
	answer, err := b.client.Do(r.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	b.page = readPage(string(text))
	b.page.address, b.page.path = answer.Request.URL, answer.Request.URL.Path
	b.page.status = answer.StatusCode
	if answer.StatusCode >= 400 {
		return &trouble{b.page}
	}
	return nil
}

// fetch loads a file without leaving the page.
func (b *browser) fetch(path string) ([]byte, error) {
	r, err := http.NewRequest(http.MethodGet, b.origin+path, nil)
	if err != nil {
		return nil, err
	}
	b.dress(r)
	answer, err := b.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d", path, answer.StatusCode)
	}
	return content, err
}

// trouble is a page that says what is the matter.
type trouble struct{ *page }

func (e *trouble) Error() string { return fmt.Sprintf("%d at %s: %s", e.status, e.path, e.text) }

// press clicks the button that carries this mark.
func (b *browser) press(mark string) error {
	for _, f := range b.page.forms {
		for _, c := range f.controls {
			if c.attrs["data-test"] == mark {
				return b.submit(f, c)
			}
		}
	}
	return fmt.Errorf("no button %q at %s: %s", mark, b.page.path, b.page.text)
}

// send submits a form with its first button, as the Enter key does.
func (b *browser) send(f *form) error {
	for _, c := range f.controls {
		if c.name == "button" && c.attrs["type"] != "button" {
			return b.submit(f, c)
		}
	}
	return fmt.Errorf("a form without a button at %s", b.page.path)
}

// sendOn submits a form with the button that leads on.
func (b *browser) sendOn(f *form) error {
	for _, c := range f.controls {
		if c.name == "button" && strings.Contains(c.attrs["class"], "primary") {
			return b.submit(f, c)
		}
	}
	return fmt.Errorf("no way on at %s", b.page.path)
}

func (b *browser) submit(f *form, button *control) error {
	if button.has("disabled") {
		return fmt.Errorf("the button %q is disabled", button.attrs["data-test"])
	}
	action, err := url.Parse(f.attrs["action"])
	if err != nil {
		return err
	}
	to := b.page.address // of a form without an action, as it stands
	if action.String() != "" {
		to = to.ResolveReference(action)
	}
	r, err := http.NewRequest(http.MethodPost, to.String(), strings.NewReader(f.values(button).Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.origin)
	return b.load(r)
}

// listen gives the data of one event of a stream, calling again until it has
// come: what is said before the stream stands is not heard.
func (b *browser) listen(path, event string, again func()) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.origin+path, nil)
	if err != nil {
		return "", err
	}
	b.dress(r)
	r.Header.Set("Accept", "text/event-stream")
	answer, err := b.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errGone, err)
	}
	defer answer.Body.Close()
	calls := time.NewTicker(200 * time.Millisecond)
	defer calls.Stop()
	go func() {
		for again(); ; again() {
			select {
			case <-calls.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	lines := bufio.NewScanner(answer.Body)
	for last := ""; lines.Scan(); last = lines.Text() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && last == "event: "+event {
			return data, nil
		}
	}
	return "", fmt.Errorf("%w: the stream %s ended: %w", errGone, path, lines.Err())
}
