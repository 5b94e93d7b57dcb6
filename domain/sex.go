package domain

// Sex is a person's registered sex (性别).
type Sex string

// The two values a citizen number can express.
const (
	Male   Sex = "male"   // 男
	Female Sex = "female" // 女
)

// ParseSex reads "male" or "female" or refuses with sex.value.
func ParseSex(s string) (Sex, error) {
	switch v := Sex(s); v {
	case Male, Female:
		return v, nil
	}
	return "", Refuse(Invalid, "sex.value", "%s is not a sex", quote(s)).WithNext("use male or female")
}

// UnmarshalText accepts only the two values.
func (s *Sex) UnmarshalText(b []byte) error {
	v, err := ParseSex(string(b))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
