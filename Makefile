.PHONY: demo test race lint ci fuzz contracts

demo: ## the whole life of a migration
	go run ./cmd/skein demo --once

test:
	go test ./...

race:
	go test -race -shuffle=on ./...

lint:
	golangci-lint run

contracts: ## GitHub's own API descriptions, for the contract tests
	.ci/contracts

ci:
	bash .ci/run
