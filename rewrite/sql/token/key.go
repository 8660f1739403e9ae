package token

//go:generate go run gen.go

// Key is a keyword or an operator; None for everything else.
type Key uint8

// The operators and marks.
const (
	None        Key = iota
	LParen          // (
	RParen          // )
	LBracket        // [
	RBracket        // ]
	LBrace          // {
	RBrace          // }
	Comma           // ,
	Semicolon       // ;
	Dot             // .
	Star            // *
	Eq              // =
	Lt              // <
	Gt              // >
	Colon           // :
	DoubleColon     // ::
	Arrow           // ->
	FatArrow        // =>
	Assign          // :=
	Minus           // -
	Question        // ?
	Pipe            // |>
	Compare         // one of == != <> <= >= <=> !< !>
	BodyOpen        // $$ before a function's body, whose tokens follow
	BodyClose       // $$ behind it
	Other           // any other operator
)

// The keywords. Those up to Create are never a bare column or alias in any dialect. A constant is spelled as its
// keyword, or says in a comment what its keyword is. After a change here: go generate.
const (
	Select Key = iota + Other + 1
	From
	Where
	Group
	Having
	Order
	By
	Limit
	Union
	Intersect
	Except
	On
	Using
	Join
	Inner
	Left
	Right
	Full
	Cross
	Natural
	As
	And
	Or
	Not
	In
	Is
	Null
	Between
	Like
	Case
	When
	Then
	Else
	End
	Distinct
	All
	With
	Set
	Values
	Into
	Exists
	Cast
	Create
	Offset
	Qualify
	Window
	Fetch
	MinusWord // MINUS
	Outer
	Ilike
	Rlike
	Regexp
	Glob
	Similar
	Escape
	Lateral
	Unnest
	Recursive
	Table
	Insert
	Update
	Delete
	Merge
	Matched
	TryCast
	SafeCast
	Extract
	Any
	Some
	Over
	Partition
	Rows
	Range
	Groups
	Filter
	Within
	Interval
	Array
	Struct
	Row
	Replace
	Temp
	Temporary
	View
	Materialized
	If
	Drop
	Alter
	Grant
	Revoke
	Truncate
	Explain
	Call
	Execute
	Exec
	Declare
	Begin
	Commit
	Rollback
	Use
	Go
	Delimiter
	For
	Pivot
	Unpivot
	Tablesample
	Rollup
	Cube
	Grouping
	Sets
	Returning
	Output
	Conflict
	Do
	Nothing
	Default
	Top
	Cluster
	Sort
	Distribute
	Semi
	Anti
	Asof
	Positional
	Apply
	Nulls
	First
	Last
	Asc
	Desc
	Ordinality
	Unload
	Collate
	At
	Isnull
	Notnull
	Respect
	Ignore
	Name
	Corresponding
	Value
	Exclude
	Rename
	Trim
	Substring
	Position
	Overlay
	Convert
	Map
	Primary
	Constraint
	Sample
	Final
	Prewhere
	Settings
	Global
	Of
	Only
	MatchCondition
	StraightJoin
	Start
	Transaction
	Savepoint
	Date
	Time
	Timestamp
	Datetime
	Lock
	Pragma
	Show
	Describe
	Refresh
	Copy
	Export
	Vacuum
	Analyze
	Optimize
	CommentWord // COMMENT
	keys
)

// Reserved reports whether the word is syntax wherever it stands bare.
func (k Key) Reserved() bool { return k >= Select && k <= Create }

// Lookup finds a keyword, in any case. It does not allocate.
func Lookup(word []byte) Key {
	if key := guess(word); key.is(word) {
		return key
	}
	return None
}

// guess is the only keyword that a word may be, None for most that are none.
func guess(word []byte) Key {
	n := len(word)
	if n < shortest || n > longest {
		return None
	}
	return Key(slots[slotOf(word[0], word[1], word[n/2], word[n-1], n)])
}

// is: the keyword is what was guessed for it.
func (k Key) is(word []byte) bool {
	if k == None {
		return false
	}
	n, spelled := len(word), spellings[int(k-Select)*longest:][:longest]
	if n < longest && spelled[n] != ' ' {
		return false
	}
	if string(word) == spelled[:n] { // most are in lower case
		return true
	}
	for i, b := range word {
		if b|0x20 != spelled[i] || b < 'A' {
			return false
		}
	}
	return true
}

// slotOf is where a word's key stands among the slots. The multiplier is one that gives every keyword a slot of its own.
func slotOf(first, second, middle, last byte, n int) uint32 {
	mix := uint32(first&31) | uint32(second&31)<<5 | uint32(middle&31)<<10 | uint32(last&31)<<15 | uint32(n&15)<<20
	return mix * multiplier >> (32 - slotBits)
}
