// Package pdfa makes archival PDFs of scanned pages without touching the
// pictures: every JPEG goes in byte for byte and comes out byte for byte.
//
// It promises files that keep to the intersection of PDF/A-1b (ISO 19005-1)
// and PDF/A-2b (ISO 19005-2), which part is claimed being the caller's choice;
// at most about 2 KB a page beside the pictures; and memory that does not grow
// with the number or size of pages.
//
// It never recodes, crops or whitens, never writes anything about a person
// except what the caller puts into the title, and never reads the clock: the
// same document gives the same bytes.
package pdfa
