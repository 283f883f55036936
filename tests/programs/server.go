// A server as Go programs are: one static binary. It serves a page, hashes what is posted, and ends in order when it is asked to.
// With "library" it walks through what such programs use of the kernel, and says that all of it worked.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func files() {
	directory, err := os.MkdirTemp("", "x")
	must(err)
	path := filepath.Join(directory, "file")
	must(os.WriteFile(path, bytes.Repeat([]byte("x"), 100000), 0o600))
	must(os.Rename(path, path+"2"))
	must(os.Chmod(path+"2", 0o400))
	must(os.Symlink(path+"2", path))
	file, err := os.Open(path)
	must(err)
	must(syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	bytes, err := syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	must(err)
	must(syscall.Munmap(bytes))
	copied, err := os.Create(path + "3")
	must(err)
	_, err = io.Copy(copied, file) // copy_file_range or sendfile
	must(err)
	must(copied.Sync())
	names, err := os.ReadDir(directory)
	must(err)
	if len(names) != 3 {
		must(fmt.Errorf("%d files", len(names)))
	}
	must(os.RemoveAll(directory))
}

func library() {
	files()
	output, err := exec.Command("echo", "x").Output()
	must(err)
	if string(output) != "x\n" {
		must(fmt.Errorf("child"))
	}
	_, err = io.ReadFull(rand.Reader, make([]byte, 16))
	must(err)
	var waiting sync.WaitGroup
	for n := 0; n < 50; n++ {
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			runtime.LockOSThread() // a thread for each: all of them end with their goroutine
			time.Sleep(time.Millisecond)
			_ = bytes.Repeat([]byte("x"), 1<<20)
		}()
	}
	waiting.Wait()
	runtime.GC()
	_, err = net.LookupHost("localhost")
	must(err)
	_, err = user.Current()
	must(err)
	_, err = net.Interfaces()
	must(err)
	inner, err := net.Listen("unix", "/tmp/socket")
	must(err)
	must(inner.Close())
	datagrams, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	must(datagrams.Close())
	fmt.Println("@library fine")
}

func serve() {
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(answer, "a page")
	})
	http.HandleFunc("/hash", func(answer http.ResponseWriter, request *http.Request) {
		hash := sha256.New()
		io.Copy(hash, request.Body)
		fmt.Fprintf(answer, "%x\n", hash.Sum(nil))
	})
	http.Handle("/files/", http.StripPrefix("/files/", http.FileServer(http.Dir("/tmp/site")))) // sendfile
	server := &http.Server{Addr: "127.0.0.1:8080"}
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			must(err)
		}
	}()
	<-asked.Done()
	must(server.Shutdown(context.Background()))
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "library" {
		library()
	} else {
		serve()
	}
}
