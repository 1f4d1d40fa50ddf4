// Package webdriver drives real browsers in tests: Chromium, and WebKit, which
// is the engine of the kiosk's own window. It is a small client of the W3C
// WebDriver protocol (https://www.w3.org/TR/webdriver2/) and starts what it
// needs: the driver, and a display of its own for WebKit.
//
// Only _test.go files import it. It promises that every trouble fails the test
// with what was looked for and a picture of the page, that nothing it started
// outlives the test, and that it waits for conditions with a deadline, never
// for a fixed time. It never reaches beyond the machine's loopback address.
package webdriver
