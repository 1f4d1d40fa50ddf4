// Package window shows the kiosk's pages full screen in a browser view that
// residents cannot leave: the role "kiosk window".
//
// It promises that the view only ever shows pages of the one origin it was
// started with; that a crashed, hung or unreachable page comes back by itself;
// and that nothing of a session outlives it: when a page leads to the wipe path,
// the browser's process is ended and all its data are cleared before the start
// page is shown again.
//
// It never talks to the page other than over HTTP: no function is bound into
// JavaScript. JavaScriptCore replaces signal handlers of the process it lives
// in, which is why the service itself never runs in this process.
//
// The browser needs cgo, GTK 3 and WebKitGTK 4.1 and is only compiled with the
// build tag "webview" (make run does that); without it Show gives an error.
// keeper.go holds all decisions and needs none of them.
package window
