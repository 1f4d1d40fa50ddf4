// Package dock is the demo's side panel: it lays sheets on the virtual
// scanner, shows QR codes to its reader, pulls the paper, unplugs lines, cuts
// the network and shows what the virtual printer printed. Its buttons use the
// same words as test scripts.
//
// It promises that everything it does happens at the far end of a wire or a
// network, never inside the unit. It is mounted by the demo alone and never on
// a real unit.
package dock
