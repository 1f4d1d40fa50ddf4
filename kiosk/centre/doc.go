// Package centre is the reference receiving centre: it takes parcels from
// enrolled units, answers with signed receipts, opens and verifies what it has
// stored and shows it to officers who accept or return it.
//
// It promises that a receipt "stored" is only signed once the bytes have the
// announced sum, are synced to the disk and are in the database; that the same
// parcel always gets the same receipt, byte for byte; that other bytes under a
// known dossier and revision are refused and noted, never taken; that a crash
// between any two of these steps is made good by the next question; and that
// every look at a dossier is in the journal.
//
// It never hands a parcel or a paper to anybody but a signed-in officer, never
// makes an official code, never changes what it has stored, and never writes
// personal data into its database, its log or an address.
//
// Uploads are received by tusd's own handler over plain files (tus 1.0.0: core,
// creation, termination). The folder holds:
//
//	centre.db    units, parcels, receipts, accounts, journal
//	credential   the key of the password sums; without it nobody can sign in
//	uploads/     unfinished uploads; losing them costs sending again
//	parcels/     sealed parcels by their sum, as received
//	opening/     half-opened parcels; emptied at the start
//	kept/        opened dossiers: <dossier>/<revision>/
package centre
