package main

import (
	"sync"

	"servicepoint/devices/virtual"
	"servicepoint/ui"
	"servicepoint/ui/dock"
	"servicepoint/ui/gallery"
	"servicepoint/ui/kit"
	"servicepoint/ui/resident"
	"servicepoint/ui/staff"
	"servicepoint/ui/technician"
)

// newGallery is the demo's tour of every screen in every state.
func newGallery() *gallery.Gallery {
	return &gallery.Gallery{
		Collections: []kit.Collection{resident.Exhibits(), staff.Exhibits(), technician.Exhibits(), dock.Exhibits(), ui.Exhibits(), gallery.Exhibits()},
		Specimen:    sync.OnceValue(func() []byte { return virtual.SamplePage(1) }),
	}
}
