// Package deploy holds the Dockerfile and the compose file. Its tests say that they fit the code: that the binary
// is static and runs as nobody in particular, that what is referred to is there, and that the server's configuration
// in them is valid.
package deploy
