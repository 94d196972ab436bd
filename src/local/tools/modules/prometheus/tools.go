//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "github.com/prometheus/prometheus/cmd/prometheus"
