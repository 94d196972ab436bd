//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
