package printer

import "slices"

// Profile is what the driver has to know of a printer's model.
type Profile struct {
	Name          string
	Width         int    // printable dots, at most 2040
	Band          int    // rows sent in one picture command, 1 to 255
	RowsPerSecond int    // slowest printing and feeding speed
	Realtime      bool   // answers DLE EOT; without it the state is never known
	AutoStatus    bool   // GS a: tells changes of its state unasked
	ProcessID     bool   // GS ( H function 48: tells what has been printed
	Queued        bool   // GS r: answers in the order of the data
	Window        int    // bytes that may be on the way without such an answer; 0 is no limit
	Cut           []byte // ends a slip; printers with a tear bar feed to it
}

// Profiles lists the models the driver knows. All figures are for 203 dots per
// inch, 8 rows a millimetre.
//
// A printer that tells nothing unasked must be asked, and it hears a question
// only while its buffer has room. Two bands of the clones' profiles fit into
// the 4 kB that such printers have, and no more than that is let out at once.
func Profiles() []Profile {
	cut := []byte{0x1d, 'V', 66, 0} // feed to the cutter, cut but for one point
	return []Profile{
		{Name: "epson-tm-t20", Width: 576, Band: 64, RowsPerSecond: 800, Realtime: true, AutoStatus: true, ProcessID: true, Queued: true, Cut: cut},
		{Name: "clone-80", Width: 576, Band: 24, RowsPerSecond: 800, Realtime: true, Queued: true, Window: 4000, Cut: cut},
		{Name: "clone-58", Width: 384, Band: 40, RowsPerSecond: 400, Realtime: true, Queued: true, Window: 4000, Cut: cut},
		{Name: "mute-58", Width: 384, Band: 64, RowsPerSecond: 400, Cut: cut},
	}
}

// ProfileNamed finds one of Profiles.
func ProfileNamed(name string) (Profile, bool) {
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}
