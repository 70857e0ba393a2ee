# Runs a redis-server that must not outlive the JVM at the other end of standard input.
# Arguments: its private directory, then the command. Words on standard input are signals for it.
home=$1
shift
trap '' HUP INT QUIT TERM
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(
  while read -r word <&3; do
    case $word in
      stop) kill -TERM "$server"; kill -CONT "$server" ;;
      kill) kill -KILL "$server" ;;
      pause) kill -STOP "$server"; true >"$home/paused" ;;
      resume) kill -CONT "$server" ;;
    esac
  done
  # The JVM is gone, and nobody else knows of the private directory.
  { true >"$home/orphaned"; } 2>/dev/null
  # An append-only file may lack writes that wait for the disk: the server may end by itself, if it is quick.
  kill -TERM "$server"
  kill -CONT "$server"
  sleep 3
  kill -KILL "$server"
) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill -KILL "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
[ ! -e "$home/orphaned" ] || rm -rf -- "$home"
exit "$status"
