//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "github.com/open-policy-agent/opa"
