// Package viet tidies Vietnamese text: one stored form for what people type,
// scan and import, one folded form to find it by, the order of a Vietnamese list,
// amounts in words, phone numbers, and bytes of an older code page.
//
// It promises that Clean is idempotent and gives NFC, and that two spellings a
// person takes for the same ("Hoà", "Hòa", "hoa") fold to the same text.
//
// It never changes a letter a person would miss: tone marks stay where they
// were put, apostrophes and hyphens stay, upper case stays. Folded text is for
// comparing only and is never shown.
package viet
