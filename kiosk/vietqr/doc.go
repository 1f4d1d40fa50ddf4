// Package vietqr writes and reads the QR text of a bank transfer in đồng, as
// NAPAS lays it down on top of EMVCo's merchant-presented codes.
//
// It promises that what Make writes Parse reads back field by field, that a
// code it writes has its amount locked and holds nothing but printable ASCII
// within the limits, and that Parse takes no text that was changed on its way.
//
// It never knows whom a fee is owed to: the account is the caller's to
// guard, since a swapped one is the obvious fraud. It never learns whether
// anybody has paid.
package vietqr
