package token

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
	Other           // any other operator
)

// The keywords. Those up to Create are never a bare column or alias in any dialect.
const (
	Select Key = iota + Other + 1
	From
	Where
	Group
	Having
	Order
	By
	Limit
	Offset
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
	Qualify
	Window
	Fetch
	MinusWord
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
	CommentWord
)

// Reserved reports whether the word is syntax wherever it stands bare.
func (k Key) Reserved() bool { return k >= Select && k <= Create }

const longest = 15

// Lookup finds a keyword, in any case. It does not allocate.
func Lookup(word []byte) Key {
	if len(word) < 2 || len(word) > longest {
		return None
	}
	var buf [longest]byte
	for i, b := range word {
		switch {
		case b >= 'a' && b <= 'z':
			b -= 'a' - 'A'
		case b >= 'A' && b <= 'Z':
		case b != '_' || !underscored(len(word), i):
			return None // most names of columns end here
		}
		buf[i] = b
	}
	return keyword(string(buf[:len(word)]))
}

// underscored: a keyword of this length has an underscore here: TRY_CAST, SAFE_CAST, STRAIGHT_JOIN,
// MATCH_CONDITION.
func underscored(length, at int) bool {
	return length == 8 && at == 3 || length == 9 && at == 4 || length == 13 && at == 8 || length == 15 && at == 5
}

// keyword is a switch, which the compiler turns into a search by length and value.
func keyword(word string) Key {
	switch word {
	case "SELECT":
		return Select
	case "FROM":
		return From
	case "WHERE":
		return Where
	case "GROUP":
		return Group
	case "HAVING":
		return Having
	case "ORDER":
		return Order
	case "BY":
		return By
	case "LIMIT":
		return Limit
	case "OFFSET":
		return Offset
	case "UNION":
		return Union
	case "INTERSECT":
		return Intersect
	case "EXCEPT":
		return Except
	case "ON":
		return On
	case "USING":
		return Using
	case "JOIN":
		return Join
	case "INNER":
		return Inner
	case "LEFT":
		return Left
	case "RIGHT":
		return Right
	case "FULL":
		return Full
	case "CROSS":
		return Cross
	case "NATURAL":
		return Natural
	case "AS":
		return As
	case "AND":
		return And
	case "OR":
		return Or
	case "NOT":
		return Not
	case "IN":
		return In
	case "IS":
		return Is
	case "NULL":
		return Null
	case "BETWEEN":
		return Between
	case "LIKE":
		return Like
	case "CASE":
		return Case
	case "WHEN":
		return When
	case "THEN":
		return Then
	case "ELSE":
		return Else
	case "END":
		return End
	case "DISTINCT":
		return Distinct
	case "ALL":
		return All
	case "WITH":
		return With
	case "SET":
		return Set
	case "VALUES":
		return Values
	case "INTO":
		return Into
	case "EXISTS":
		return Exists
	case "CAST":
		return Cast
	case "CREATE":
		return Create
	case "QUALIFY":
		return Qualify
	case "WINDOW":
		return Window
	case "FETCH":
		return Fetch
	case "MINUS":
		return MinusWord
	case "OUTER":
		return Outer
	case "ILIKE":
		return Ilike
	case "RLIKE":
		return Rlike
	case "REGEXP":
		return Regexp
	case "GLOB":
		return Glob
	case "SIMILAR":
		return Similar
	case "ESCAPE":
		return Escape
	case "LATERAL":
		return Lateral
	case "UNNEST":
		return Unnest
	case "RECURSIVE":
		return Recursive
	case "TABLE":
		return Table
	case "INSERT":
		return Insert
	case "UPDATE":
		return Update
	case "DELETE":
		return Delete
	case "MERGE":
		return Merge
	case "MATCHED":
		return Matched
	case "TRY_CAST":
		return TryCast
	case "SAFE_CAST":
		return SafeCast
	case "EXTRACT":
		return Extract
	case "ANY":
		return Any
	case "SOME":
		return Some
	case "OVER":
		return Over
	case "PARTITION":
		return Partition
	case "ROWS":
		return Rows
	case "RANGE":
		return Range
	case "GROUPS":
		return Groups
	case "FILTER":
		return Filter
	case "WITHIN":
		return Within
	case "INTERVAL":
		return Interval
	case "ARRAY":
		return Array
	case "STRUCT":
		return Struct
	case "ROW":
		return Row
	case "REPLACE":
		return Replace
	case "TEMP":
		return Temp
	case "TEMPORARY":
		return Temporary
	case "VIEW":
		return View
	case "MATERIALIZED":
		return Materialized
	case "IF":
		return If
	case "DROP":
		return Drop
	case "ALTER":
		return Alter
	case "GRANT":
		return Grant
	case "REVOKE":
		return Revoke
	case "TRUNCATE":
		return Truncate
	case "EXPLAIN":
		return Explain
	case "CALL":
		return Call
	case "EXECUTE":
		return Execute
	case "EXEC":
		return Exec
	case "DECLARE":
		return Declare
	case "BEGIN":
		return Begin
	case "COMMIT":
		return Commit
	case "ROLLBACK":
		return Rollback
	case "USE":
		return Use
	case "GO":
		return Go
	case "DELIMITER":
		return Delimiter
	case "FOR":
		return For
	case "PIVOT":
		return Pivot
	case "UNPIVOT":
		return Unpivot
	case "TABLESAMPLE":
		return Tablesample
	case "ROLLUP":
		return Rollup
	case "CUBE":
		return Cube
	case "GROUPING":
		return Grouping
	case "SETS":
		return Sets
	case "RETURNING":
		return Returning
	case "OUTPUT":
		return Output
	case "CONFLICT":
		return Conflict
	case "DO":
		return Do
	case "NOTHING":
		return Nothing
	case "DEFAULT":
		return Default
	case "TOP":
		return Top
	case "CLUSTER":
		return Cluster
	case "SORT":
		return Sort
	case "DISTRIBUTE":
		return Distribute
	case "SEMI":
		return Semi
	case "ANTI":
		return Anti
	case "ASOF":
		return Asof
	case "POSITIONAL":
		return Positional
	case "APPLY":
		return Apply
	case "NULLS":
		return Nulls
	case "FIRST":
		return First
	case "LAST":
		return Last
	case "ASC":
		return Asc
	case "DESC":
		return Desc
	case "ORDINALITY":
		return Ordinality
	case "UNLOAD":
		return Unload
	case "COLLATE":
		return Collate
	case "AT":
		return At
	case "ISNULL":
		return Isnull
	case "NOTNULL":
		return Notnull
	case "RESPECT":
		return Respect
	case "IGNORE":
		return Ignore
	case "NAME":
		return Name
	case "CORRESPONDING":
		return Corresponding
	case "VALUE":
		return Value
	case "EXCLUDE":
		return Exclude
	case "RENAME":
		return Rename
	case "TRIM":
		return Trim
	case "SUBSTRING":
		return Substring
	case "POSITION":
		return Position
	case "OVERLAY":
		return Overlay
	case "CONVERT":
		return Convert
	case "MAP":
		return Map
	case "PRIMARY":
		return Primary
	case "CONSTRAINT":
		return Constraint
	case "SAMPLE":
		return Sample
	case "FINAL":
		return Final
	case "PREWHERE":
		return Prewhere
	case "SETTINGS":
		return Settings
	case "GLOBAL":
		return Global
	case "OF":
		return Of
	case "ONLY":
		return Only
	case "MATCH_CONDITION":
		return MatchCondition
	case "STRAIGHT_JOIN":
		return StraightJoin
	case "START":
		return Start
	case "TRANSACTION":
		return Transaction
	case "SAVEPOINT":
		return Savepoint
	case "DATE":
		return Date
	case "TIME":
		return Time
	case "TIMESTAMP":
		return Timestamp
	case "DATETIME":
		return Datetime
	case "LOCK":
		return Lock
	case "PRAGMA":
		return Pragma
	case "SHOW":
		return Show
	case "DESCRIBE":
		return Describe
	case "REFRESH":
		return Refresh
	case "COPY":
		return Copy
	case "EXPORT":
		return Export
	case "VACUUM":
		return Vacuum
	case "ANALYZE":
		return Analyze
	case "OPTIMIZE":
		return Optimize
	case "COMMENT":
		return CommentWord
	}
	return None
}
