package demo

// change is a schema change as the story tells it.
type change struct {
	stage   stage
	dataset string // the repository
	title   string // of the pull request that makes it
	body    string
	canary  bool // its repository lets a canary go first
	coexist bool // old and new work side by side
}

// refusedFile of the refusing consumer holds SQL in a string, between these lines.
const (
	refusedFile = "procedures/forget_customer.sql"
	refusedFrom = 4
	refusedTo   = 8
)

// told lists the changes in the order of the story.
func told() []change {
	return []change{
		{orders, "sales-data", "Call the customer customer_id", "`cust_id` stays, deprecated, until nobody reads it.", true, true},
		{users, "sales-data", "Replace users_v1 by users_v2", "users_v1 goes away on 30 June.", true, true},
		{sessions, "web-data", "Rename visitor to visitor_id", "The collector cannot write both.", false, false},
	}
}
