package rewrite

// WaysFrom counts the ways from one declared type to another, which holders leads back: it lists the types that hold one,
// once for each field. What nobody holds is read by itself too, which is one way. What holds itself is held once by that.
// Where there are more ways than from one field, an edit of the type changes other fields as well.
func WaysFrom[T comparable](from, to T, holders func(T) []T) int {
	const most = 1 << 20 // enough to tell that it is shared
	known := map[T]int{}
	var ways func(T) int
	ways = func(t T) int {
		if t == from {
			return 1
		}
		if n, ok := known[t]; ok {
			return n
		}
		known[t] = 0
		n, by := 0, holders(t)
		for _, holder := range by {
			n = min(most, n+ways(holder))
		}
		if len(by) == 0 {
			n = 1
		}
		known[t] = n
		return n
	}
	return ways(to)
}
