//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
