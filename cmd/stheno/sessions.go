// SPDX-License-Identifier: MIT

package main

import (
	"path/filepath"
	"time"
)

// sessionsName is the file in the folder of a run with its sessions.
const sessionsName = "sessions.json"

// session is an uninterrupted part of a run.
type session struct {
	Began time.Time `json:"began"`
	Machine
}

// addSession records the start of a session.
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

// readSessions returns the recorded sessions. Folders of older versions have none.
func readSessions(dir string) (list []session, err error) {
	_, err = readJSON(filepath.Join(dir, sessionsName), &list)
	return list, err
}
