// The Go side of `npm run bench`: a controller-runtime operator to measure against, and a load generator for any operator.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// The kind under test. A peer for other kinds would only change these.
var (
	resource = schema.GroupVersionResource{Group: "iacdharma.com", Version: "v1alpha1", Resource: "blueprints"}
	kind     = schema.GroupVersionKind{Group: "iacdharma.com", Version: "v1alpha1", Kind: "Blueprint"}
)

// cluster is what every command needs.
type cluster struct {
	kubeconfig string
	namespace  string
}

func (c *cluster) register(flags *flag.FlagSet) {
	flags.StringVar(&c.kubeconfig, "kubeconfig", "", "kubeconfig file")
	flags.StringVar(&c.namespace, "namespace", "bench", "namespace of the objects")
}

// config is without a client-side rate limit: the server is to be the limit.
func (c *cluster) config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = -1, -1
	return config, nil
}

func (c *cluster) objects() (dynamic.ResourceInterface, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return client.Resource(resource).Namespace(c.namespace), nil
}

// observedGeneration is 0 where the status has none.
func observedGeneration(object *unstructured.Unstructured) int64 {
	observed, _, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if err != nil {
		return 0
	}
	return observed
}

// printLine writes one JSON line for the bench to read.
func printLine(value any) {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "peer:", err)
	os.Exit(1)
}

// command runs until it is done or ctx ends.
type command func(ctx context.Context, args []string) error

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	commands := map[string]command{"operator": operator, "load": load}
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	run, known := commands[name]
	if !known {
		fatal(fmt.Errorf("usage: peer operator|load [flags]; --help after one of them lists its flags"))
	}
	if err := run(ctx, os.Args[2:]); err != nil {
		fatal(err)
	}
}
