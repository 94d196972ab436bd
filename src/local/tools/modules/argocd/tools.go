//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "github.com/argoproj/argo-cd/v3/cmd"
