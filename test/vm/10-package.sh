. /share/lib
dpkg -i /share/dynuser.deb 2>&1 | tail -n 1
check 'the package is installed' "$(dynuser --version)" 'dynuser *'
check 'the doctor finds no problem' "$(dynuser doctor | grep ^problem)" ''
check 'a command has a dynamic user' "$(dynuser run --name first -- id -un)" first
