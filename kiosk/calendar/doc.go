// Package calendar knows the working time of the authorities and reckons when
// a result is due.
//
// Working time is data that an operator writes (Calendar); the rules by which
// a due date follows from it stand in Hours.Accept and Hours.Due and are the
// same for everybody.
//
// It promises that every calculation ends, that nothing measured in working
// time falls due on a day off, that more time, more pauses or one more holiday
// never make a date earlier, and that pauses count the same in whatever order
// and pieces they come. Dates are reckoned in Hanoi (kiosk.Hanoi), wherever
// the machine believes to be.
//
// It never guesses: without a known term there is no date, past the end of the
// calendar a date is provisional, and what cannot be reckoned is an error. It
// holds no holiday, no hour and no term of its own.
package calendar
