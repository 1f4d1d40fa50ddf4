// Package provisioning knows what makes a mini-PC a unit: its configuration,
// its identity and keys, and the checks that decide whether it may serve.
//
// It promises that a configuration with a mistake is refused with file, line
// and column, that secrets are files only their owner can read, and that a
// unit's keys are made on the unit and never leave it. It never talks to a
// resident and never touches a dossier.
package provisioning
