// Package sample is mutated by the test of the tool: its tests hold some of it and miss some of it, on purpose.
package sample

// Fee is 5 for children and 10 for others, and nothing for members of 3 or less.
func Fee(age int, member bool) int {
	if age < 18 && !member {
		return 5
	}
	switch {
	case member && age <= 3:
		return 0
	}
	return 10
}

// Sum adds up the numbers to n.
func Sum(n int) int {
	total := 0
	for n > 0 {
		total += n
		n--
	}
	return total
}

// Name of a number.
func Name(n int) string {
	switch n {
	case 1:
		return "one"
	case 2:
		return "two"
	}
	return "ma" + "ny"
}
