// The peer: what a Go operator on controller-runtime does for paused Blueprints, and nothing else.
package main

import (
	"context"
	"flag"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const fieldOwner = client.FieldOwner("dharma-bench-peer")

// pausedReconciler keeps status.observedGeneration of paused objects, by server-side apply of the status subresource.
type pausedReconciler struct {
	client client.Client
}

func (r *pausedReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	if err := r.client.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	paused, _, _ := unstructured.NestedBool(object.Object, "spec", "paused")
	if !paused || observedGeneration(object) == object.GetGeneration() {
		return ctrl.Result{}, nil
	}
	status := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": object.GetName(), "namespace": object.GetNamespace()},
		"status":   map[string]any{"observedGeneration": object.GetGeneration(), "conditions": conditions(object)},
	}}
	status.SetGroupVersionKind(kind)
	err := r.client.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(status), fieldOwner, client.ForceOwnership)
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

// conditions are those the object has, observed now; a Ready one where it has none. What another operator said is left as it
// is, so that two operators measured in turn find nothing to correct.
func conditions(object *unstructured.Unstructured) []any {
	held, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	if len(held) == 0 {
		held = []any{map[string]any{
			"type": "Ready", "status": "Unknown", "reason": "Paused", "message": "",
			"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}}
	}
	for _, each := range held {
		if condition, ok := each.(map[string]any); ok {
			condition["observedGeneration"] = object.GetGeneration()
		}
	}
	return held
}

// synced is printed once the cache holds everything. Heap is after a collection, RSS before it.
type synced struct {
	Objects   int     `json:"objects"`
	Seconds   float64 `json:"seconds"`
	HeapBytes uint64  `json:"heapBytes"`
	RSSBytes  uint64  `json:"rssBytes"`
}

func operator(ctx context.Context, args []string) error {
	var target cluster
	flags := flag.NewFlagSet("operator", flag.ExitOnError)
	target.register(flags)
	workers := flags.Int("workers", 4, "reconciles at once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	config, err := target.config()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Metrics: metricsserver.Options{BindAddress: "0"},
		Client:  client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	if err != nil {
		return err
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	err = ctrl.NewControllerManagedBy(manager).
		For(object).
		Named("blueprint").
		WithOptions(controller.Options{MaxConcurrentReconciles: *workers}).
		Complete(&pausedReconciler{client: manager.GetClient()})
	if err != nil {
		return err
	}
	started := time.Now()
	go func() {
		informer, err := manager.GetCache().GetInformer(ctx, object)
		if err != nil {
			fatal(err)
		}
		if !manager.GetCache().WaitForCacheSync(ctx) || !informer.HasSynced() {
			return
		}
		report(ctx, manager.GetCache(), time.Since(started))
	}()
	return manager.Start(ctx)
}

func report(ctx context.Context, reader client.Reader, took time.Duration) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	if err := reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
		fatal(err)
	}
	line := synced{Objects: len(list.Items), Seconds: took.Seconds(), RSSBytes: residentBytes("self")}
	printLine(line) // at once, so that the collection below counts in nobody's time
	list = nil
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	line.HeapBytes = memory.HeapAlloc
	printLine(line)
}

// residentBytes is VmRSS of /proc/PID/status; 0 where there is no such file.
func residentBytes(pid string) uint64 {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kilobytes, _ := strconv.ParseUint(fields[1], 10, 64)
			return kilobytes * 1024
		}
	}
	return 0
}
