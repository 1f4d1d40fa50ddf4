// Package ui is the unit's web server: one Fiber application for each seat,
// with the guards in front of every page and the error page behind them.
//
// It promises that a request from another host name, another site, another
// browser or another person's visit never reaches a screen; that a trouble is
// shown in the person's language with a number the log shares; and that it
// stops in time even while streams are open.
//
// It never shows an error's text, keeps sessions anywhere but in memory, or
// listens by itself: Serve gets its listener.
package ui
