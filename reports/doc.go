// Package reports makes the papers that offices hand on: rolls, summaries, requests, notices, pay lists, signature sheets.
//
// # What a report is
//
// A report is made from read models that stand at one position (a log index) and from nothing else; people's sealed data
// are opened as each person's stream stood there. It is written as a workbook (XLSX) or as one printable page (HTML) and
// carries on every sheet the position, the instant of the last entry before it, and a SHA-256 over its content. Made again
// at that position, in the same form and by the same version of the program, it is the same bytes, whatever was recorded
// since. Two things cannot be made again: the data of a person whose key was destroyed meanwhile, and a reading of the
// clock, which is why no report has one.
//
// # The content hash
//
// It is taken over the content and not over the container, so that workbook and page of one report have the same. The
// content is lines of fields, each line ended by LF, fields parted by TAB; inside a field, backslash, TAB, LF and CR are
// written \\ \t \n \r. In this order:
//
//	almoner report v1 <TAB> kind
//	head  <TAB> name <TAB> value        for each line of the head: title, office, period, …
//	table <TAB> title                   for each table, with what it holds:
//	columns <TAB> title …
//	row <TAB> cell …                    money with two decimals, counts as digits, everything else as it is shown
//	total <TAB> cell …                  where the table is totalled
//	note <TAB> text                     for each line below the tables
//
// # Personal data
//
// Names and numbers are masked unless the request says Unmasked; the caller sees to it that whoever asks may, and records
// that they took it before it leaves. A public notice is always masked and never has a number, an account or a phone. While
// a report is made it lies in a folder of its own, readable by the owner only, which Made.Close removes.
//
// A text that begins with =, +, - or @ is written as text: no cell is ever a formula.
package reports
