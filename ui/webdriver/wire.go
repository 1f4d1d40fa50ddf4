package webdriver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// protocolError is the error object of the protocol, section 6.6.
type protocolError struct {
	Code    string `json:"error"`
	Message string `json:"message"`
}

func (e *protocolError) Error() string { return e.Code + ": " + e.Message }

// passing reports whether the trouble may go away by itself because the page
// is still changing.
func passing(err error) bool {
	e, ok := errors.AsType[*protocolError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case "no such element", "stale element reference", "element not interactable",
		"element click intercepted", "no such execution context", "javascript error":
		return true
	case "unknown error": // chromedriver's other word for a stale element
		return strings.Contains(e.Message, "does not belong to the document")
	}
	return false
}

// wire talks to one driver.
type wire struct {
	base   string // http://127.0.0.1:port
	client http.Client
}

// call sends one command and decodes the answer's value into out, which may be
// nil.
func (w *wire) call(method, path string, body, out any) error {
	var payload io.Reader
	if method == http.MethodPost {
		if body == nil {
			body = struct{}{}
		}
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, w.base+path, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s %s: status %d: %w", method, path, resp.StatusCode, err)
	}
	if resp.StatusCode != http.StatusOK {
		e := new(protocolError)
		if err := json.Unmarshal(answer.Value, e); err != nil {
			return fmt.Errorf("%s %s: status %d: %w", method, path, resp.StatusCode, err)
		}
		return e
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, out)
}

// poll asks until the answer is no error, the error is not a passing one, or
// the time is up.
func poll(limit time.Duration, ask func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask()
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("after %v: %w", limit, err)
		case <-again.C:
		}
	}
}
