// Package bankfile writes and reads the files exchanged with a bank: 代发文件 out, 回盘 back. One engine, driven by
// descriptors.
//
// There is no public standard for these files: each bank, and often each branch, has its own. A descriptor is a YAML file
// that says how one of them is laid out: its kind (delimited, fixed width, XLSX), encoding, columns in order, code tables,
// header and trailer records and file name. docs/bank-files.md shows how to write one; samples come with the program.
//
// # Lifecycle
//
//	Parse, Shipped: descriptor -> *Format, or *SourceError with everything that is wrong and the line of each
//	Format.Write: header and pay lines -> bytes, with count, sum and SHA-256
//	  -> *WriteError: lines that this layout cannot carry, all of them; what was written must be thrown away
//	Format.Read: bytes -> *Reading; nothing is read yet
//	Reading.Lines: one pass, streaming; may be asked again and then reads again
//	  -> BankLine with its Problems
//	  -> an error ends the pass: the file is not of this format, damaged beyond reading, or reading failed
//	Reading.Summary: what the last pass counted, beside what the file declares of itself
//
// # Invariants
//
//   - Writing never substitutes, shortens or drops anything. Every value is encoded, decoded again and compared; a value
//     that does not come back as it was is refused with its line and column.
//   - Reading never drops a line. A line that is damaged is yielded with every field that can be read safely, and with a
//     Problem for every one that cannot. Which class a line gets is not decided here but in package domain/bankfile.
//   - A field with an error Problem is zero. When the columns of a line do not add up, no field is taken from its place:
//     an amount read from the wrong column would be a wrong fact.
//   - Money is domain.Money from digit to digit. A number cell is read as the fifteen digits a spreadsheet shows.
//   - Digits of accounts come only from text: a number cell or a number in scientific notation has lost some.
//   - Line is the row that an editor or a spreadsheet shows.
//   - Memory does not grow with the file, except for some forty bytes a line, by which a line that stands twice is
//     noticed. Nothing is written to disk: the file holds personal data.
//   - Problem carries no personal value in clear.
//
// # Who can change the file
//
// A return file comes from outside and passes through mail and USB sticks. Whatever it holds, the worst it can do is
// state facts that did not happen; these are compared with the instruction later, line by line. Lines, cells and
// unpacked bytes are limited; a value beginning with = + - @ is text and nothing else.
//
// # Words
//
// Messages about files are Chinese, since finance officers read them; messages about descriptors are English with the
// line they stand in; rule ids are stable and English.
package bankfile
