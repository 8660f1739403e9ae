// Package oracle asks real databases whether the rewriter is right. Nobody wrote their answers for us to pass.
//
// A trial is a query, a change and an engine. The query runs on the old schema, twice: what does not give the same
// answer again proves nothing and is dropped. Then the column is renamed in the database, the query is rewritten,
// and what the rewritten query answers must be the same: rows (in order where the query orders them) and names of
// the outputs. court.go holds a trial and gives the verdict.
//
// A trial counts as evidence only if it is informative: shuffling the values of the renamed column changes the
// answer, so a reference that went to another column would have shown. Columns are renamed to a fresh name, to a
// name that the query uses for something else, exchanged with a neighbour of the same type (a missed edit still
// runs, and only the rows tell), or joined by a copy under the new name (both names work for a while).
//
// Queries come from two places. corpus/ holds ones that people could have written, and mean ones. Package generate
// writes random ones over resolved scopes: it knows what each name means, so it knows which bytes must be edited
// without asking anybody, and which refusals are needless. What fails is made small (shrink.go) and printed as a
// case for rewrite/sql/testdata.
package oracle
