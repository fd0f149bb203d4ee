// SPDX-License-Identifier: MIT

package main

import (
	"path/filepath"
	"time"
)

// sessionsName is the file in a training's folder that says when and on what it ran.
const sessionsName = "sessions.json"

// session is a time that a training ran without a break.
type session struct {
	Began time.Time `json:"began"`
	Machine
}

// addSession notes that a training begins now, or goes on.
func addSession(dir string, resume bool) error {
	var list []session
	if resume {
		var err error
		if list, err = readSessions(dir); err != nil {
			return err
		}
	}
	list = append(list, session{time.Now().Truncate(time.Second), thisMachine()})
	return writeJSON(filepath.Join(dir, sessionsName), list)
}

// readSessions returns what addSession has noted; nothing in a folder of an older version.
func readSessions(dir string) (list []session, err error) {
	_, err = readJSON(filepath.Join(dir, sessionsName), &list)
	return list, err
}
