// Package rosterfile reads the roster files an office already has (花名册) into typed rows, and names every bad cell.
//
// # What it reads
//
// XLSX (also .xlsm; macros are never looked at) and delimited text (comma or tab) in UTF-8, with or without a byte order
// mark, or GB18030. The kind is decided by content, never by the file's name. A workbook may hold several sheets, one a
// village for instance: each visible sheet that has a header row is read.
//
// # Lifecycle
//
//	Open: size, container, encoding, delimiter, header row of every sheet, columns matched to fields
//	  -> *HeaderError or *domain.RefusedError: nothing can be read, every reason named at once
//	  -> *File
//	File.Rows: one pass over the rows, streaming; may be asked again and then reads again
//	  -> Row with Problems; a row with an error Problem must not be imported
//	  -> an error ends the pass: the file is damaged or beyond a limit
//	File.Summary: what the last complete pass read and skipped
//
// # Invariants
//
//   - Nothing is guessed silently. A value is read in exactly one way, or the cell has a Problem with sheet, row, column,
//     masked value and remedy. Rows that are no persons (blank, totals, signatures of the maker) are listed as skipped.
//   - A field with an error Problem is zero in the Row.
//   - Digits of citizen numbers and accounts come only from text cells: a spreadsheet keeps fifteen digits of a number, so
//     a numeric cell in such a column is refused even when it looks right.
//   - Line is the row number that Excel shows for the file, also for text files with line breaks inside quotes.
//   - Memory does not grow with the file, except for sixteen bytes or so a person to notice repeated numbers and accounts,
//     and the shared texts of a workbook, which are capped. Nothing is written to disk: the file holds personal data.
//   - Problem carries no personal value in clear.
//
// # Who can change the file
//
// Anybody who hands in a roster. The file can therefore be hostile: sizes are limited while unpacking and not by what the
// archive says, XML is scanned without entities or document types, names of archive members never reach a file system,
// formulas are never evaluated (their stored result is read, with a warning), text beginning with = + - @ stays text.
//
// # Messages
//
// Messages and remedies are Chinese, since clerks read them; rule ids ("import.numeric-cell") are stable and English.
// Columns and their accepted headers are listed in docs/import.md, which a test holds equal to the table in field.go.
package rosterfile
